// A link is destroyed by a handler of its own, never from within one of its callbacks, and before anything
// new is started.
#include "cli/link_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "cli/port_file.h"
#include "cli/replacements.h"
#include "cli/run.h"
#include "cli/standard_error.h"
#include "cli/start_check.h"
#include "os/clock.h"

namespace serialtcp::cli {

namespace {

/// For programs that were hung up, when this process ends.
constexpr Duration kProgramsEnd = std::chrono::seconds(2);

}  // namespace

LinkSet::LinkSet(io::asio::io_context& context, Log& log, const RunOptions& options)
    : context_(context), log_(log), options_(options) {}

/// The end of this process closes the terminals of programs, as hanging up must not (session/process.h).
LinkSet::~LinkSet() {
  links_.clear();
  const Time latest = io::now() + kProgramsEnd;
  while (shares_.watcher->expects_ends() && context_.run_one_for(latest - io::now()) > 0) {
  }
}

void LinkSet::start(const Configuration& config) {
  using Start = RunOptions::Start;
  strict_ = !options_.config_file || options_.start == Start::strict || config.start == Start::strict;
  keep_what_is_wanted(config);
  start_wanted(Moment::start);
}

control::Operations::Reloaded LinkSet::reload(const Configuration& config, std::string_view who) {
  control::Operations::Reloaded reloaded{.links = config.links.size()};
  reloaded.unchanged = keep_what_is_wanted(config);
  log_.line(fmt::format("{}: {} has been read again: {} of {} links are unchanged", who,
                        options_.config_file.value_or(""), reloaded.unchanged, count_));
  reloaded.not_replaced = keep_what_cannot_be_replaced();
  tell_changes();
  for (const auto& entry : links_) {
    if (entry->state == State::leaving) entry->link.stop();
  }
  start_wanted(Moment::later);
  return reloaded;
}

/// Of those that are marked as leaving, and were running before that.
std::vector<control::Operations::NotReplaced> LinkSet::keep_what_cannot_be_replaced() {
  std::vector<Entry*> old;
  OldLinks options;
  for (const auto& entry : links_) {
    if (entry->state != State::leaving) continue;
    const bool was_running = std::exchange(entry->was_running, false);
    (was_running ? options.running : options.ending).push_back(&entry->link.options());
    options.ports.insert(options.ports.end(), entry->ports.begin(), entry->ports.end());
    if (was_running) old.push_back(entry.get());
  }
  std::vector<control::Operations::NotReplaced> told;
  for (const LinkOptions& one : wanted_) protect_key(one);
  std::vector<NotReplaced> refused = not_replaceable(context_, options, wanted_);
  for (const NotReplaced& one : refused) {
    Entry& entry = *old[one.old];
    entry.state = State::running;
    entry.link.set_not_replaced(one.why);
    const std::string& name = entry.link.name();
    told.push_back({name, one.why});
    const std::string text =
        fmt::format("link {} was not replaced, and continues with its old options: {}", name, one.why);
    log_.write(
        {.level = LogLevel::warning, .event = LogEvent::link_not_replaced, .link = name, .text = text});
  }
  std::ranges::sort(refused, std::greater(), &NotReplaced::wanted);
  for (const NotReplaced& one : refused)
    wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(one.wanted));
  return told;
}

std::vector<Link*> LinkSet::links() const {
  std::vector<Link*> list;
  for (const auto& entry : links_) {
    if (entry->state != State::ended) list.push_back(&entry->link);
  }
  return list;
}

/// Those that start when others are gone: a link of the same name is that link, with other options.
void LinkSet::tell_changes() {
  const auto tell = [this](LogEvent event, const std::string& name, std::string_view what) {
    const std::string text = fmt::format("link {} {}", name, what);
    log_.write({.level = LogLevel::info, .event = event, .link = name, .text = text});
  };
  std::set<std::string_view> old;
  for (const auto& entry : links_) {
    const bool has_waited = entry->state == State::ended && entry->link.retry().failure();
    if (entry->state != State::leaving && !has_waited) continue;
    const std::string& name = entry->link.options().name;
    old.insert(name);
    const bool changed = std::ranges::find(wanted_, name, &LinkOptions::name) != wanted_.end();
    tell(changed ? LogEvent::link_changed : LogEvent::link_removed, name,
         changed ? "has changed: it is started again with its new options"
                 : "is no longer there: it is ended");
  }
  for (const LinkOptions& options : wanted_) {
    if (!old.contains(options.name)) tell(LogEvent::link_added, options.name, "is new: it is started");
  }
}

/// The command line goes before the file.
const std::optional<std::string>& LinkSet::log_file() const {
  return options_.log_file ? options_.log_file : configured_log_;
}

void LinkSet::complain(const std::string& text) {
  const bool mixed = !log_file() && log_.is_for_programs();
  if (!mixed) print_error(text);
  if (mixed || log_file()) log_.write({.level = LogLevel::error, .text = text});
}

// ---- Start ----

/// Marks the others as leaving. Returns how many stay.
std::size_t LinkSet::keep_what_is_wanted(const Configuration& config) {
  count_ = config.links.size();
  configured_log_ = config.log_file;
  wanted_ = config.links;
  std::size_t kept = 0;
  for (const auto& entry : links_) {
    if (entry->state == State::leaving || entry->state == State::ended) continue;
    const auto same = std::ranges::find_if(
        wanted_, [&entry](const LinkOptions& options) { return entry->link.adopt(options); });
    if (same != wanted_.end()) {
      wanted_.erase(same);
      entry->link.set_not_replaced("");
      ++kept;
      if (entry->state == State::waiting) {
        entry->link.retry().hurry(io::now());
        arm_retry(*entry);
      }
    } else if (entry->state == State::waiting) {
      retire(*entry, kExitCannotOpen);
    } else {
      entry->was_running = entry->state == State::running;
      entry->state = State::leaving;
    }
    set_style(*entry);
  }
  return kept;
}

/// A new link may need a device or a port of one that is leaving. It waits until that is destroyed.
void LinkSet::start_wanted(Moment moment) {
  const auto gone_soon = [](const auto& entry) {
    return entry->state == State::leaving || entry->state == State::ended;
  };
  if (std::ranges::any_of(links_, gone_soon)) return;
  starting_ = true;
  for (const LinkOptions& options : std::exchange(wanted_, {})) {
    if (!final_status_) add(options, moment);
  }
  starting_ = false;
  tell_ports();
  end_if_none_is_left();
}

/// Before it is read.
void LinkSet::protect_key(const LinkOptions& options) {
  if (options.key_file && !undumpable_) undumpable_.emplace();
}

std::expected<std::optional<Key>, std::string> LinkSet::key_of(const Link& link) {
  const LinkOptions& options = link.options();
  if (!options.key_file) return std::nullopt;
  protect_key(options);
  auto loaded = io::read_key_file(*options.key_file, options.unsafe_key_file);
  if (!loaded) return std::unexpected(loaded.error());
  if (loaded->warning && !link.retry().failure()) log_.line(*loaded->warning);
  return std::move(loaded->key);
}

void LinkSet::add(const LinkOptions& options, Moment moment) {
  links_.push_back(std::make_unique<Entry>(context_, log_, options, shares_, speeds_));
  set_style(*links_.back());
  attempt(*links_.back(), moment);
}

void LinkSet::attempt(Entry& entry, Moment moment) {
  entry.state = State::starting;
  auto key = key_of(entry.link);
  if (!key) return cannot_start(entry, moment, {key.error()});
  // Others run already, and this one may be tried again and again: each time its device is opened, its pins change.
  if (moment == Moment::later) {
    if (const auto why = obstacle(entry.link)) return cannot_start(entry, moment, *why);
  }
  entry.link.start(
      std::move(*key), [this, &entry, moment](const auto& result) { started(entry, moment, result); },
      [this, &entry](Link::Outcome outcome) { ended(entry, outcome); });
}

/// What a start would fail for, as far as that can be seen without opening the device.
std::optional<Link::StartFailure> LinkSet::obstacle(const Link& link) {
  const auto never = [](const io::ListenPlace&) { return false; };
  for (StartProblem& problem : start_problems(link.options(), {context_, never})) {
    if (problem.weight != StartProblem::Weight::mistake) continue;
    using Part = Link::StartFailure::Of;
    return Link::StartFailure{std::move(problem.text), problem.option == "port" ? Part::line : Part::rest};
  }
  return std::nullopt;
}

void LinkSet::set_style(Entry& entry) {
  Reporter::Style style;
  if (count_ > 1 || goes_on_) style.label = entry.link.options().name;
  entry.link.reporter().set_style(std::move(style));
}

void LinkSet::started(Entry& entry, Moment moment, const Link::StartResult& ports) {
  if (!ports) return cannot_start(entry, moment, ports.error());
  if (const auto text = entry.link.retry().started(io::now())) entry.link.reporter().has_started(*text);
  entry.ports = *ports;
  entry.state = State::running;
  tell_ports();
}

// ---- Links that cannot start ----

bool LinkSet::ends_all(const Entry& entry, Moment moment, const Link::StartFailure& failure) const {
  if (moment != Moment::start) return false;
  const bool must_be_there = entry.link.options().missing == io::LinePump::Missing::fail;
  return strict_ || (must_be_there && failure.of == Link::StartFailure::Of::line);
}

void LinkSet::cannot_start(Entry& entry, Moment moment, const Link::StartFailure& failure) {
  if (ends_all(entry, moment, failure)) {
    complain(entry.link.reporter().labelled(failure.text));
    retire(entry, kExitCannotOpen);
    return stop(kExitCannotOpen);
  }
  if (final_status_) return retire(entry, kExitCannotOpen);
  entry.state = State::waiting;
  if (const auto text = entry.link.retry().failed(failure.text, io::now()))
    entry.link.reporter().cannot_start(*text);
  arm_retry(entry);
  tell_ports();
}

/// When the time for a first link is over, before the next attempt, that is the end of the link.
void LinkSet::arm_retry(Entry& entry) {
  const StartRetry::Failure& failure = *entry.link.retry().failure();
  Time due = failure.next;
  if (const auto& patience = entry.link.options().sync_timeout)
    due = std::min(due, failure.since + *patience);
  entry.retry_timer.expires_at(io::to_steady(due));
  entry.retry_timer.async_wait(entry.lifetime.guard([this, &entry](io::ErrorCode cancelled) {
    if (!cancelled) retry(entry);
  }));
}

void LinkSet::retry(Entry& entry) {
  if (entry.state != State::waiting) return;
  const StartRetry::Failure& failure = *entry.link.retry().failure();
  if (io::now() < failure.next) return ended(entry, Link::Outcome::sync_timed_out);
  attempt(entry, Moment::later);
}

/// Once all links listen.
void LinkSet::tell_ports() {
  if (starting_) return;
  std::vector<std::uint16_t> ports;
  for (const auto& entry : links_) {
    if (entry->state == State::starting) return;
    if (entry->state == State::running) ports.insert(ports.end(), entry->ports.begin(), entry->ports.end());
  }
  if (!options_.test_port_file || ports.empty()) return;
  const auto written = write_port_file(*options_.test_port_file, ports);
  if (written) return;
  complain(written.error());
  status_ = kExitCannotOpen;
}

// ---- End ----

void LinkSet::ended(Entry& entry, Link::Outcome outcome) {
  if (outcome != Link::Outcome::sync_timed_out) return retire(entry, kExitOk);
  const std::string text = fmt::format("unable to connect to remote via {}", entry.link.options().port);
  complain(entry.link.reporter().labelled(text));
  retire(entry, kExitNoLink);
}

void LinkSet::retire(Entry& entry, int status) {
  entry.state = State::ended;
  latest_status_ = status;
  if (std::exchange(destruction_posted_, true)) return;
  io::asio::post(context_, lifetime_.guard([this] { destroy_ended(); }));
}

void LinkSet::destroy_ended() {
  destruction_posted_ = false;
  std::erase_if(links_, [](const auto& entry) { return entry->state == State::ended; });
  if (!wanted_.empty()) return start_wanted(Moment::later);
  end_if_none_is_left();
}

void LinkSet::stop(int status) {
  if (!final_status_) final_status_ = status;
  wanted_.clear();
  for (const auto& entry : links_) {
    if (entry->state == State::waiting) {
      retire(*entry, status);
    } else if (entry->state != State::ended) {
      entry->link.stop();
    }
  }
  end_if_none_is_left();
}

void LinkSet::abort() {
  wanted_.clear();
  for (const auto& entry : links_) entry->link.abort();
}

std::size_t LinkSet::lookups_running() const {
  std::size_t hanging = 0;
  for (const auto& entry : links_) hanging += entry->link.lookups_running();
  return hanging;
}

LinkSet::Standing LinkSet::standing() const {
  Standing standing{.links = count_, .listening = !starting_ && wanted_.empty()};
  for (const auto& entry : links_) {
    const bool has_failed = entry->link.retry().failure().has_value();
    if (entry->state == State::starting && !has_failed) standing.listening = false;
    if (has_failed && entry->state != State::ended) ++standing.waiting;
    if (entry->link.up()) ++standing.up;
    standing.connections += entry->link.connections();
  }
  return standing;
}

/// The last link that ends determines the exit status, unless it is known already.
void LinkSet::end_if_none_is_left() {
  if (starting_ || !wanted_.empty() || !links_.empty() || status_) return;
  if (goes_on_ && !final_status_) return;
  status_ = final_status_.value_or(latest_status_);
}

}  // namespace serialtcp::cli
