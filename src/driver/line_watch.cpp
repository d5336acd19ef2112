// What is awaited, since when, and what is done and reported.
#include "driver/line_watch.h"

#include <algorithm>
#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

LineWatch::LineWatch(asio::io_context& context, Endpoint& endpoint, Line& line, Observer& observer,
                     Reopen reopen)
    : endpoint_(endpoint), line_(line), observer_(observer), reopen_(std::move(reopen)), timer_(context) {}

Time LineWatch::time() {
  return now();
}

Duration LineWatch::time_of(std::uint64_t bytes) const {
  return std::chrono::seconds(1) * bytes / std::max<std::uint64_t>(endpoint_.rate(), 1);
}

void LineWatch::line_opened() {
  open_ = true;
  opened_at_ = time();
  settings_checked_ = opened_at_;
  if (no_link_since_ == Time{}) no_link_since_ = opened_at_;
  look();
}

void LineWatch::line_away(const std::string& reason) {
  open_ = false;
  away_since_ = time();
  away_reason_ = reason;
  away_again_.restart();
  look();
}

void LineWatch::look() {
  const bool up = endpoint_.link_up();
  had_link_ = had_link_ || up;
  if (std::exchange(was_up_, up) && !up) {
    no_link_since_ = time();
    no_link_again_.restart();
  }
  if (armed_ || stopped_) return;
  const bool quiet = open_ && endpoint_.link_up() && endpoint_.unanswered_since() == kNever && !silence_told_;
  if (quiet) return;
  armed_ = true;
  timer_.expires_after(kInterval);
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    armed_ = false;
    if (!cancelled && !stopped_) check();
  }));
}

void LineWatch::stop() {
  stopped_ = true;
  timer_.cancel();
}

void LineWatch::check() {
  const Time now = time();
  if (open_) {
    check_open(now);
  } else if (away_again_.due(now - away_since_)) {
    observer_.line_still_away(line_.name(), away_reason_, now - away_since_);
  }
  look();
}

void LineWatch::check_open(Time now) {
  const bool up = endpoint_.link_up();
  const Time since = endpoint_.unanswered_since();
  if (up) {
    tell_of_silence(now, since);
  } else {
    silence_told_ = false;
    tell_of_no_link(now);
  }
  if (since == kNever) return;
  // Without a link, an answer is awaited since the line was opened, or since something was received from a
  // peer.
  const Time from = up ? since : std::max({since, opened_at_, endpoint_.last_heard()});
  check_settings(now, from);
  reopen_if_dead(now, from);
}

/// An answer is late, and there was nothing at all for some seconds; or it is late even for a bad line.
bool LineWatch::is_silent(Time now, Time since) const {
  const Time heard = std::max({endpoint_.last_heard(), received_at_, opened_at_});
  if (endpoint_.link_away() && now - heard >= kSilentAfter) return true;
  const Duration at_first = std::max(kSilentAtFirst, time_of(kSilentBytes));
  if (now - heard >= at_first && now - since >= at_first) return true;
  const Time overdue = endpoint_.overdue_at();
  return overdue != kNever && now >= overdue && now - since >= kSilentAfter;
}

void LineWatch::tell_of_silence(Time now, Time since) {
  if (since == kNever) {
    if (std::exchange(silence_told_, false)) observer_.peer_answers(line_.name(), now - silent_since_);
    return;
  }
  if (!silence_told_) {
    if (!is_silent(now, since)) return;
    silence_told_ = true;
    // On an idle link, silence was normal until the answer was requested.
    silent_since_ = std::max({endpoint_.last_heard(), since - kSilentAfter, opened_at_});
    silence_again_ = GrowingInterval(now - silent_since_);
  }
  const Duration silent = now - silent_since_;
  if (silence_again_.due(silent)) observer_.peer_silent(line_.name(), silent, endpoint_.streams());
}

void LineWatch::tell_of_no_link(Time now) {
  const Duration without = now - no_link_since_;
  if (without < time_of(kNoLinkBytes)) return;
  if (!no_link_again_.due(without)) return;
  // A peer that exits may send two goodbyes.
  const Time after = no_link_since_ + kInterval;
  if (endpoint_.last_heard() > after)
    return;  // there is a peer, and the reason why there is no link was reported
  // Before the first link, it was no peer. A prompt is heard only once.
  const bool heard = had_link_ ? received_at_ > after : received_at_ > opened_at_;
  observer_.no_link(line_.name(), without,
                    heard       ? Observer::Heard::something
                    : had_link_ ? Observer::Heard::nothing
                                : Observer::Heard::nothing_yet);
}

void LineWatch::check_settings(Time now, Time since) {
  if (now - since < kSettingsAfter || now - settings_checked_ < kSettingsAgain) return;
  settings_checked_ = now;
  if (const auto changed = line_.restore_settings()) observer_.note(*changed);
}

bool LineWatch::reopen_if_dead(Time now, Time since) {
  if (!line_.may_be_dead()) return false;
  if (endpoint_.link_up() && now < endpoint_.overdue_at()) return false;
  // Any byte shows that the connection is alive, whatever it means.
  const Duration silent = now - std::max({since, opened_at_, received_at_});
  const Duration patience = endpoint_.link_up()         ? Duration{}
                            : received_at_ > opened_at_ ? kReopenAfterBytes
                                                        : kReopenAfter;
  if (silent < patience || now - std::max(opened_at_, received_at_) < kReopenAfter / 2) return false;
  reopen_("nothing comes from it, so the connection may be dead");
  return true;
}

}  // namespace serialtcp::io
