// StartedSet: a TableSet of things that are each started on their own (shared ports, networks for devices). Owns them: starts
// them, tries again those that cannot start, and replaces those that differ after a reload.
//
// A Kind has: Options, which are TableOptions; a Thing with start(), and with when_ended() if it can end by itself; a Reporter; kWord,
// what the log calls one; device(options); options_for_log(options); make(context, options, reporter), which starts nothing;
// list(status), where a status has them; describe(options, one), and put_figures(figures, one) of a thing that has started.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/log.h"
#include "cli/options.h"
#include "cli/start_retry.h"
#include "cli/table_set.h"
#include "control/link_state.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/clock.h"
#include "os/files.h"

namespace serialtcp::cli {

template <typename Kind>
class StartedSet : public TableSet {
 public:
  using Options = typename Kind::Options;
  using Thing = typename Kind::Thing;

  /// Both outlive the set.
  StartedSet(io::asio::io_context& context, Log& log) : context_(context), log_(log) {}
  ~StartedSet() override { entries_.clear(); }

  std::size_t keep(const std::vector<std::shared_ptr<const TableOptions>>& wanted) override;
  std::optional<std::string> start_wanted(OnStartFailure on_failure) override;
  void when_ended(std::function<void(const std::string& why)> ended) override { ended_ = std::move(ended); }
  void stop() override {
    entries_.clear();
    wanted_.clear();
  }

  void set_labels(bool labels) override {
    labels_ = labels;
    for (const auto& entry : entries_)
      entry->reporter.set_style({.label = labels ? entry->options.name : ""});
  }

  bool add_status(const std::string& name, control::ProcessStatus& all) const override;

 protected:
  struct Entry {
    Entry(io::asio::io_context& context, Log& log, Options chosen)
        : options(std::move(chosen)),
          for_log(Kind::options_for_log(options)),
          reporter(context, log, for_log),
          alarm(context) {}

    Options options;
    LinkOptions for_log;
    typename Kind::Reporter reporter;
    StartRetry retry;
    std::unique_ptr<Thing> thing;  ///< unless it cannot start
    io::Alarm alarm;
  };

  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }

 private:
  /// What the status of every kind has: its last trouble, and, unless it has started, why not.
  template <typename Status>
  static void put_trouble(const Entry& entry, Status& status);
  /// Whether a user who writes this means it.
  static bool is_called(const Options& options, std::string_view name) {
    const std::string_view own = options.name;
    return name.empty() || own == name || Kind::device(options) == name || io::file_name(own) == name;
  }
  void tell(LogEvent event, const std::string& name, std::string_view what) {
    const std::string text = fmt::format("{} {} {}", Kind::kWord, name, what);
    log_.write({.level = LogLevel::info, .event = event, .link = name, .text = text});
  }
  std::expected<void, std::string> attempt(Entry& entry);
  void attempt_or_retry(Entry& entry);
  void try_again_later(Entry& entry, const std::string& why);
  void has_ended(Entry& entry, const std::string& why);

  io::asio::io_context& context_;
  Log& log_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<Options> wanted_;  ///< to be started
  std::function<void(const std::string& why)> ended_;
  bool started_ = false;  ///< once: what follows are changes
  bool labels_ = false;
};

template <typename Kind>
std::size_t StartedSet<Kind>::keep(const std::vector<std::shared_ptr<const TableOptions>>& wanted) {
  wanted_.clear();
  for (const auto& options : wanted) wanted_.push_back(static_cast<const Options&>(*options));
  std::set<std::string> changed;
  std::erase_if(entries_, [&](const std::unique_ptr<Entry>& entry) {
    const auto same = std::ranges::find(wanted_, entry->options);
    if (same != wanted_.end()) {
      wanted_.erase(same);
      return false;
    }
    const std::string& name = entry->options.name;
    const bool stays = std::ranges::find(wanted_, name, &Options::name) != wanted_.end();
    if (stays) changed.insert(name);
    tell(stays ? LogEvent::link_changed : LogEvent::link_removed, name,
         stays ? "has changed: it is started again with its new options" : "is no longer there: it is ended");
    return true;
  });
  for (const Options& options : wanted_) {
    if (started_ && !changed.contains(options.name))
      tell(LogEvent::link_added, options.name, "is new: it is started");
  }
  started_ = true;
  return entries_.size();
}

template <typename Kind>
bool StartedSet<Kind>::add_status(const std::string& name, control::ProcessStatus& all) const {
  bool any = false;
  for (const auto& entry : entries_) {
    if (!is_called(entry->options, name)) continue;
    any = true;
    auto& status = Kind::list(all).emplace_back();
    status.name = entry->options.name;
    Kind::describe(entry->options, status);
    put_trouble(*entry, status);
    if (entry->thing) Kind::put_figures(entry->thing->figures(), status);
  }
  return any;
}

template <typename Kind>
template <typename Status>
void StartedSet<Kind>::put_trouble(const Entry& entry, Status& status) {
  if (const auto& trouble = entry.reporter.trouble()) status.trouble = trouble->text;
  if (entry.thing) return;
  const StartRetry::Failure& failure = *entry.retry.failure();
  status.state = control::link_state::kCannotStart;
  status.trouble = failure.reason;
  status.retry_seconds = std::max(to_seconds(failure.next - io::now()), 0.0);
}

template <typename Kind>
std::optional<std::string> StartedSet<Kind>::start_wanted(OnStartFailure on_failure) {
  for (const auto& entry : entries_) {
    if (entry->thing) continue;
    entry->retry.hurry(io::now());
    attempt_or_retry(*entry);
  }
  for (Options& options : std::exchange(wanted_, {})) {
    Entry& entry = *entries_.emplace_back(std::make_unique<Entry>(context_, log_, std::move(options)));
    if (labels_) entry.reporter.set_style({.label = entry.options.name});
    if (on_failure == OnStartFailure::retry) {
      attempt_or_retry(entry);
    } else if (const auto started = attempt(entry); !started) {
      const std::string why = entry.reporter.labelled(started.error());
      entries_.pop_back();
      return why;
    }
  }
  return std::nullopt;
}

template <typename Kind>
std::expected<void, std::string> StartedSet<Kind>::attempt(Entry& entry) {
  entry.alarm.cancel();
  entry.thing = Kind::make(context_, entry.options, entry.reporter);
  if constexpr (requires(Thing & thing) { thing.when_ended([](const std::string&) {}); })
    entry.thing->when_ended([this, &entry](const std::string& why) { has_ended(entry, why); });
  auto started = entry.thing->start();
  if (!started) entry.thing.reset();
  return started;
}

template <typename Kind>
void StartedSet<Kind>::attempt_or_retry(Entry& entry) {
  if (const auto started = attempt(entry); !started) {
    try_again_later(entry, started.error());
  } else if (const auto text = entry.retry.started(io::now())) {
    entry.reporter.has_started(*text);
  }
}

template <typename Kind>
void StartedSet<Kind>::try_again_later(Entry& entry, const std::string& why) {
  if (const auto text = entry.retry.failed(why, io::now())) entry.reporter.cannot_start(*text);
  entry.alarm.start_at(entry.retry.failure()->next, [this, &entry] { attempt_or_retry(entry); });
}

/// Called by the thing, which must not be destroyed under its own hands.
template <typename Kind>
void StartedSet<Kind>::has_ended(Entry& entry, const std::string& why) {
  if (ended_) return ended_(why);
  entry.alarm.start(Duration::zero(), [this, &entry, why] {
    entry.thing.reset();
    try_again_later(entry, why);
  });
}

}  // namespace serialtcp::cli
