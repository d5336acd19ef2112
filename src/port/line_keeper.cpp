#include "port/line_keeper.h"

#include <algorithm>
#include <array>
#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

namespace {

/// A driver may not say when it can be written to again.
constexpr Duration kLineWriteRetry = std::chrono::milliseconds(100);

constexpr Duration kLongestLinePause = std::chrono::seconds(1);

}  // namespace

LineKeeper::LineKeeper(asio::io_context& context, Line& line, Observer& observer, User& user)
    : line_(line), observer_(observer), user_(user), reopen_alarm_(context), write_alarm_(context) {}

void LineKeeper::start(Missing missing) {
  missing_ = missing;
  state_ = State::opening;
  try_to_open();
}

void LineKeeper::close() {
  ++generation_;
  state_ = State::closed;
  reopen_alarm_.cancel();
  cancel_retry();
  line_.close();
}

/// The result may come later, as that of a connection.
void LineKeeper::try_to_open() {
  reserved_.release();
  line_.open(lifetime_.guard([this, generation = ++generation_](std::expected<void, OpenError> result) {
    if (generation == generation_) tried(std::move(result));
  }));
}

void LineKeeper::tried(std::expected<void, OpenError> result) {
  if (!result)
    return state_ == State::opening ? first_failed(result.error()) : reopen_failed(result.error().text);
  if (state_ == State::awaited) observer_.line_found(line_.name());
  const bool returns = state_ == State::lost;
  if (returns && losses_.absence_told()) observer_.line_back(line_.name(), now() - away_since_);
  if (!returns || losses_.absence_told()) observer_.line_opened(line_.name(), line_.opened_as());
  opened();
}

void LineKeeper::first_failed(const OpenError& error) {
  if (error.kind == OpenError::Kind::unusable || missing_ == Missing::is_unusable) {
    state_ = State::closed;
    return user_.line_unusable(error.text);
  }
  state_ = State::awaited;
  away_since_ = now();
  pause_ = line_.reopening().first;
  reason_told_ = error.text;
  still_away_.restart();
  reserved_.hold();
  observer_.line_awaited(line_.name(), error.text);
  schedule();
}

void LineKeeper::opened() {
  state_ = State::open;
  opened_at_ = now();
  waits_to_write_ = false;
  write_wait_ = false;
  wait_readable();
  user_.line_opened();
}

// ---- Bytes ----

void LineKeeper::wait_readable() {
  held_ = !user_.line_wanted();
  if (held_) return;
  line_.when_readable([this] {
    for (int i = 0; i < kChunksPerTurn && user_.line_wanted(); ++i) {
      if (read_some() == Read::nothing) break;
    }
    if (state_ == State::open) wait_readable();
  });
}

void LineKeeper::resume() {
  if (state_ == State::open && std::exchange(held_, false)) wait_readable();
}

/// Whether the line is still there.
bool LineKeeper::judge(const LineResult& result) {
  if (result.status == LineStatus::gone) lost(result.reason);
  if (result.status == LineStatus::ended) {
    close();
    user_.line_ended(result.reason);
  }
  return result.status != LineStatus::gone && result.status != LineStatus::ended;
}

LineKeeper::Read LineKeeper::read_some() {
  if (state_ != State::open) return Read::nothing;
  std::array<Byte, kReadChunk> buffer;
  const LineResult result = line_.read(buffer);
  if (!judge(result) || result.status != LineStatus::ok) return Read::nothing;
  user_.line_delivered(ByteView(buffer).first(result.count));
  return Read::something;
}

void LineKeeper::read_now() {
  for (int i = 0; i < kChunksPerTurn; ++i) {
    if (read_some() == Read::nothing) return;
  }
}

std::size_t LineKeeper::write(ByteView bytes) {
  if (state_ != State::open || waits_to_write_ || bytes.empty()) return 0;
  const LineResult result = line_.write(bytes);
  if (!judge(result)) return 0;
  const std::size_t count = result.status == LineStatus::ok ? result.count : 0;
  if (count < bytes.size()) wait_writable();
  return count;
}

void LineKeeper::wait_writable() {
  waits_to_write_ = true;
  wait_began_ = now();
  arm_retry();
  if (std::exchange(write_wait_, true)) return;
  line_.when_writable([this] {
    write_wait_ = false;
    writable();
  });
}

/// It is not armed again for each wait, and not cancelled after it: that would be two system calls for each write.
void LineKeeper::arm_retry() {
  if (std::exchange(retry_armed_, true)) return;
  write_alarm_.start_at(wait_began_ + kLineWriteRetry, [this] {
    retry_armed_ = false;
    if (!waits_to_write_) return;
    if (now() < wait_began_ + kLineWriteRetry) return arm_retry();
    writable();
  });
}

void LineKeeper::cancel_retry() {
  write_alarm_.cancel();
  retry_armed_ = false;
}

void LineKeeper::writable() {
  if (!std::exchange(waits_to_write_, false)) return;
  user_.line_writable();
}

// ---- Away and back ----

void LineKeeper::lost(const std::string& reason) {
  if (state_ != State::open) return;
  state_ = State::lost;
  away_since_ = now();
  // First of all: with the old descriptor open, a device that is plugged in again would get another name.
  line_.close();
  reserved_.hold();
  cancel_retry();
  waits_to_write_ = false;
  const Reopening how = line_.reopening();
  const bool useless = away_since_ - opened_at_ < how.trial;
  pause_ = useless ? std::clamp(2 * pause_, how.first, how.longest) : how.first;
  reason_told_ = reason;
  still_away_.restart();
  if (away_since_ - opened_at_ >= kOfUse) losses_.was_of_use();
  if (losses_.lost(reason, away_since_)) observer_.line_lost(line_.name(), reason);
  user_.line_lost();
  schedule();
}

void LineKeeper::schedule() {
  reopen_alarm_.start(pause_, [this] { try_to_open(); });
}

void LineKeeper::reopen_failed(const std::string& reason) {
  reserved_.hold();
  const Duration away = now() - away_since_;
  if (away >= kPatience && reason != reason_told_) {
    reason_told_ = reason;
    losses_.tell();
    observer_.line_not_back_yet(line_.name(), reason);
  }
  if (still_away_.due(away)) {
    losses_.tell();
    observer_.line_still_away(line_.name(), reason, away);
  }
  pause_ = std::min(2 * pause_, std::max(kLongestLinePause, line_.reopening().first));
  schedule();
}

}  // namespace serialtcp::io
