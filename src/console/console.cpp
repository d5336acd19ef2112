#include "console/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "console/console_signals.h"
#include "os/ending_signals.h"
#include "os/files.h"
#include "os/local_time.h"
#include "os/text.h"
#include "port/line_controls.h"

namespace serialtcp::console {

using io::Pin;

namespace {

constexpr io::GivenFile kInput = 0;
constexpr io::GivenFile kOutput = 1;

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

/// "serialtcp-ttyUSB0-20261129-113000.log", for a log that was switched on without a name.
std::string usual_log_name(const std::string& place) {
  std::string name(io::file_name(place));
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.'; }, '-');
  return fmt::format("serialtcp-{}-{}.log", name, io::local_time_for_name());
}

int level(Pin pin) {
  return pin == Pin::high ? 1 : 0;
}

Pin opposite(Pin pin) {
  return pin == Pin::high ? Pin::low : Pin::high;
}

}  // namespace

Console::Console(io::asio::io_context& context, const ConsoleConfig& config, Tell tell)
    : context_(context),
      config_(config),
      tell_(std::move(tell)),
      user_(context, kInput, kOutput, *this),
      keys_(std::nullopt),
      log_(config.log, config.log_rules),
      signals_(context),
      time_(context),
      leave_(context),
      stamped_(config.timestamp) {
  for (const int signal : io::ending_signals()) signals_.add(signal);
  for (const int signal : job_signals()) signals_.add(signal);
}

Console::~Console() = default;

Outcome Console::run(std::unique_ptr<io::Line> line) {
  line_ = std::move(line);
  if (begin()) {
    keeper_->start(config_.no_wait ? io::LineKeeper::Missing::is_unusable
                                   : io::LineKeeper::Missing::is_awaited);
    user_.start_input();
    if (!outcome_ || user_.has_pending()) context_.run();
  }
  if (break_) break_->stop();
  if (keeper_) keeper_->close();
  user_.close();
  log_.close();
  return std::move(*outcome_);
}

/// False if it has ended already.
bool Console::begin() {
  if (auto problem = user_.open()) {
    outcome_ = Outcome{Outcome::Kind::cannot, std::move(*problem)};
    return false;
  }
  keys_ = Keys(user_.has_keys() ? std::optional(config_.escape) : std::nullopt);
  if (!config_.log.empty()) {
    if (auto problem = log_.open()) {
      outcome_ = Outcome{Outcome::Kind::cannot, std::move(*problem)};
      return false;
    }
  }
  if (config_.expect) expected_.emplace(*config_.expect);
  const auto most = config_.expect ? config_.timeout : config_.lasts;
  if (most) time_.start(*most, [this] { time_is_up(); });
  await_signal();
  break_.emplace(context_, *line_, [this] { flush(); });
  io::LineKeeper::User& user = *this;
  keeper_.emplace(context_, *line_, observer(), user);
  return true;
}

// ---- The end ----

void Console::end(Outcome outcome) {
  if (outcome_) return;
  outcome_ = std::move(outcome);
  time_.cancel();
  leave_.start(kAtEnd, [this] { context_.stop(); });
  leave_when_shown();
}

void Console::leave_when_shown() {
  if (outcome_ && !user_.has_pending()) context_.stop();
}

void Console::time_is_up() {
  if (!was_open_)
    return end(
        {Outcome::Kind::cannot, fmt::format("{} could not be opened in time: {}", config_.place, why_away_)});
  if (!config_.expect) return end({});
  end({Outcome::Kind::not_found, fmt::format("'{}' has not come within {} s", io::printable(*config_.expect),
                                             to_seconds(*config_.timeout))});
}

void Console::await_signal() {
  signals_.async_wait(lifetime_.guard([this](io::ErrorCode error, int signal) {
    if (error) return;
    handle(signal);
    await_signal();
  }));
}

void Console::handle(int signal) {
  if (is_stop_signal(signal)) return user_.stop();
  if (is_go_on_signal(signal)) return user_.set_again();
  end({Outcome::Kind::by_signal, "", signal});
  if (signal != io::ending_signals().front()) context_.stop();  // whoever sends it does not wait
}

// ---- From the line ----

void Console::line_delivered(ByteView bytes) {
  received_ += bytes.size();
  log_.write(bytes, stamped_ ? ConsoleLog::Stamps::yes : ConsoleLog::Stamps::no);
  tell_log_problem(log_.take_problem());
  if (stamped_) {
    scratch_.clear();
    stamps_.append(bytes, io::local_time_text(), scratch_);
    show(scratch_);
  } else {
    show(bytes);
  }
  if (expected_ && !outcome_ && expected_->look(bytes)) end({});
}

bool Console::line_wanted() {
  if (outcome_) return false;
  return user_.is_screen() || !user_.is_behind();
}

void Console::line_writable() {
  flush();
}

void Console::line_opened() {
  was_open_ = true;
  break_->reopened();
  flush();
  user_.resume_input();
}

void Console::line_unusable(const std::string& reason) {
  end({Outcome::Kind::cannot, fmt::format("could not open {}: {}", config_.place, reason)});
}

void Console::line_ended(const std::string& reason) {
  end({Outcome::Kind::cannot, reason});
}

// ---- From the user ----

void Console::user_typed(ByteView bytes) {
  for (const Keys::Item& item : keys_.typed(bytes)) {
    if (const auto* const pressed = std::get_if<Pressed>(&item)) {
      press(pressed->letter);
    } else {
      send(std::get<Bytes>(item));
    }
  }
}

bool Console::input_wanted() {
  return user_.has_keys() || (keeper_->is_open() && input_.size() < kMostInput);
}

void Console::input_ended() {
  // A terminal that is gone; in a script, the end is told by --for or --expect, or by a signal.
  if (user_.has_keys()) end({});
}

void Console::output_accepted() {
  keeper_->resume();
  leave_when_shown();
}

void Console::output_lost() {
  end({.kind = Outcome::Kind::unread});
}

bool Console::may_act() {
  if (!config_.read_only) return true;
  if (!std::exchange(read_only_told_, true)) tell("--read-only: nothing is sent, and no pin is changed");
  return false;
}

void Console::send(ByteView bytes) {
  if (!may_act()) return;
  if (input_.size() + bytes.size() > 4 * kMostInput) {
    if (!std::exchange(dropped_told_, true)) tell("the line does not take what is typed: it is dropped");
    return;
  }
  input_.insert(input_.end(), bytes.begin(), bytes.end());
  flush();
}

void Console::flush() {
  if (break_->is_pending() || input_.empty()) return;
  const std::size_t count = keeper_->write(input_);
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
  sent_ += count;
  if (count > 0) {
    break_->wrote();
    dropped_told_ = false;
  }
  if (input_.size() < kMostInput) user_.resume_input();
}

// ---- Commands ----

void Console::press(char letter) {
  switch (letter) {
    case 'q':
      return end({});
    case 'b':
      return send_break();
    case 'd':
      return toggle_pin(true);
    case 'r':
      return toggle_pin(false);
    case 'l':
      return toggle_log();
    case 't':
      return toggle_stamps();
    case 's':
      return tell_status();
    default:
      return tell_help();
  }
}

void Console::send_break() {
  if (!may_act()) return;
  if (line_->controls() == nullptr) return tell("no break is sent: this is not a serial port that is open");
  break_->pulse(kBreak);
  tell("break");
}

void Console::toggle_pin(bool is_dtr) {
  if (!may_act()) return;
  const std::string_view name = is_dtr ? "DTR" : "RTS";
  io::LineControls* const controls = line_->controls();
  if (controls == nullptr) return tell(fmt::format("{} stays: this is not a serial port that is open", name));
  const auto lines = controls->modem_lines();
  const auto now = [&] { return is_dtr ? controls->dtr() : controls->rts(); };
  const Pin before = !lines ? now() : is_dtr ? lines->dtr : lines->rts;
  const Pin wanted = opposite(before);
  controls->set_pins(is_dtr ? std::optional(wanted) : std::nullopt,
                     is_dtr ? std::nullopt : std::optional(wanted));
  tell(now() == wanted ? fmt::format("{} {}", name, level(wanted))
                       : fmt::format("{} stays: this line has no such pin", name));
}

void Console::toggle_log() {
  if (log_.is_open()) {
    log_.close();
    return tell(fmt::format("log off: {}", log_.path()));
  }
  if (log_.path().empty()) log_.set_path(usual_log_name(config_.place));
  if (const auto problem = log_.open()) return tell_log_problem(problem);
  tell(fmt::format("log on: {}", log_.path()));
}

void Console::toggle_stamps() {
  stamped_ = !stamped_;
  tell(stamped_ ? "times on" : "times off");
}

void Console::tell_status() {
  const std::string how = line_->opened_as();
  std::string text = keeper_->is_open()
                         ? fmt::format("{} is open{}{}", config_.place, how.empty() ? "" : " ", how)
                         : fmt::format("{} is away: {}", config_.place, why_away_);
  io::LineControls* const controls = line_->controls();
  if (const auto lines = controls != nullptr ? controls->modem_lines() : std::nullopt) {
    text +=
        fmt::format("; DTR {}, RTS {}, CTS {}, DSR {}, RI {}, CD {}", level(lines->dtr), level(lines->rts),
                    level(lines->cts), level(lines->dsr), level(lines->ring), level(lines->carrier));
  }
  text += fmt::format("; {} received, {} sent", io::format_size(received_), io::format_size(sent_));
  if (log_.is_open()) text += fmt::format("; log: {}", log_.path());
  if (config_.read_only) text += "; read only";
  tell(text);
}

void Console::tell_help() {
  const std::string key = key_text(config_.escape);
  tell(fmt::format("{} and then: q quit, b break, d DTR, r RTS, l log, t times, s status; {} twice sends it",
                   key, key));
}

// ---- What the user is told ----

void Console::tell(std::string_view text) {
  if (!user_.is_screen()) return tell_(text);
  show(as_bytes(fmt::format("{}[serialtcp: {}]\r\n", at_beginning_ ? "" : "\r\n", io::printable(text))));
  stamps_.restart();
}

void Console::show(ByteView bytes) {
  if (bytes.empty()) return;
  at_beginning_ = bytes.back() == '\n';
  user_.show(bytes);
}

void Console::tell_log_problem(const std::optional<std::string>& problem) {
  if (problem) tell(*problem);
}

void Console::line_opened(std::string_view line, std::string_view how) {
  if (!user_.is_screen() || was_open_) return;
  const std::string help =
      user_.has_keys() ? fmt::format("; {} and then q quits, ? helps", key_text(config_.escape)) : "";
  tell(fmt::format("{} opened{}{}{}", line, how.empty() ? "" : " ", how, help));
}

void Console::line_awaited(std::string_view line, std::string_view reason) {
  why_away_ = reason;
  tell(fmt::format("waiting for {}: {}", line, reason));
}

void Console::line_lost(std::string_view line, std::string_view reason) {
  why_away_ = reason;
  tell(fmt::format("lost {}: {}; it is opened again when it returns", line, reason));
}

void Console::line_back(std::string_view line, Duration) {
  tell(fmt::format("{} is back", line));
}

void Console::line_not_back_yet(std::string_view line, std::string_view reason) {
  why_away_ = reason;
  tell(fmt::format("{} is still away: {}", line, reason));
}

void Console::note(std::string_view text) {
  tell(text);
}

}  // namespace serialtcp::console
