#include "share/port_keeper.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "os/clock.h"

namespace serialtcp::share {

namespace {

/// A driver may not say when it can be written to again.
constexpr Duration kPortWriteRetry = std::chrono::milliseconds(100);

constexpr Duration kLongestPortPause = std::chrono::seconds(1);

}  // namespace

PortKeeper::PortKeeper(io::asio::io_context& context, const std::string& device,
                       const io::SerialSettings& settings, io::Observer& observer, User& user)
    : observer_(observer),
      user_(user),
      port_(context, device, settings, observer, io::SerialPort::Purpose::shared),
      reopen_alarm_(context),
      write_alarm_(context) {}

std::expected<void, std::string> PortKeeper::start(ShareConfig::Missing missing) {
  std::expected<void, io::OpenError> result;
  port_.open([&result](std::expected<void, io::OpenError> done) { result = std::move(done); });
  const bool fails = missing == ShareConfig::Missing::fail;
  if (!result && (fails || result.error().kind == io::OpenError::Kind::unusable))
    return std::unexpected(result.error().text);
  if (!result) {
    await(result.error().text);
    return {};
  }
  observer_.line_opened(port_.name(), port_.opened_as());
  opened();
  return {};
}

void PortKeeper::close() {
  state_ = State::closed;
  reopen_alarm_.cancel();
  write_alarm_.cancel();
  port_.close();
}

void PortKeeper::opened() {
  state_ = State::open;
  opened_at_ = io::now();
  waits_to_write_ = false;
  write_wait_ = false;
  wait_readable();
  user_.port_opened();
}

void PortKeeper::wait_readable() {
  held_ = !user_.port_wanted();
  if (held_) return;
  port_.when_readable([this] {
    for (int i = 0; i < kChunksPerTurn && user_.port_wanted(); ++i) {
      if (read_some() == Read::nothing) break;
    }
    if (state_ == State::open) wait_readable();
  });
}

void PortKeeper::resume() {
  if (state_ == State::open && std::exchange(held_, false)) wait_readable();
}

PortKeeper::Read PortKeeper::read_some() {
  if (state_ != State::open) return Read::nothing;
  std::array<Byte, kReadChunk> buffer;
  const io::LineResult result = port_.read(buffer);
  if (result.status == io::LineStatus::gone || result.status == io::LineStatus::ended) lost(result.reason);
  if (result.status != io::LineStatus::ok) return Read::nothing;
  user_.port_delivered(ByteView(buffer).first(result.count));
  return Read::something;
}

void PortKeeper::read_now() {
  for (int i = 0; i < kChunksPerTurn; ++i) {
    if (read_some() == Read::nothing) return;
  }
}

std::size_t PortKeeper::write(ByteView bytes) {
  if (state_ != State::open || waits_to_write_ || bytes.empty()) return 0;
  const io::LineResult result = port_.write(bytes);
  if (result.status == io::LineStatus::gone || result.status == io::LineStatus::ended) {
    lost(result.reason);
    return 0;
  }
  const std::size_t count = result.status == io::LineStatus::ok ? result.count : 0;
  if (count < bytes.size()) wait_writable();
  return count;
}

void PortKeeper::wait_writable() {
  waits_to_write_ = true;
  write_alarm_.start(kPortWriteRetry, [this] { writable(); });
  if (std::exchange(write_wait_, true)) return;
  port_.when_writable([this] {
    write_wait_ = false;
    writable();
  });
}

void PortKeeper::writable() {
  if (!std::exchange(waits_to_write_, false)) return;
  write_alarm_.cancel();
  user_.port_writable();
}

// ---- Away and back ----

void PortKeeper::await(const std::string& reason) {
  state_ = State::awaited;
  away_since_ = io::now();
  pause_ = port_.reopening().first;
  reason_told_ = reason;
  still_away_.restart();
  reserved_.hold();
  observer_.line_awaited(port_.name(), reason);
  schedule();
}

void PortKeeper::lost(const std::string& reason) {
  if (state_ != State::open) return;
  state_ = State::lost;
  away_since_ = io::now();
  // First of all: with the old descriptor open, a device that is plugged in again would get another name.
  port_.close();
  reserved_.hold();
  write_alarm_.cancel();
  waits_to_write_ = false;
  const io::Reopening how = port_.reopening();
  const bool useless = away_since_ - opened_at_ < how.trial;
  pause_ = useless ? std::clamp(2 * pause_, how.first, how.longest) : how.first;
  reason_told_ = reason;
  still_away_.restart();
  if (away_since_ - opened_at_ >= kOfUse) losses_.was_of_use();
  if (losses_.lost(reason, away_since_)) observer_.line_lost(port_.name(), reason);
  user_.port_lost();
  schedule();
}

void PortKeeper::schedule() {
  reopen_alarm_.start(pause_, [this] { reopen(); });
}

void PortKeeper::reopen() {
  reserved_.release();
  std::expected<void, io::OpenError> result;
  port_.open([&result](std::expected<void, io::OpenError> done) { result = std::move(done); });
  if (!result) return reopen_failed(result.error().text);
  if (state_ == State::awaited) {
    observer_.line_found(port_.name());
  } else if (losses_.absence_told()) {
    observer_.line_back(port_.name(), io::now() - away_since_);
  }
  if (state_ == State::awaited || losses_.absence_told())
    observer_.line_opened(port_.name(), port_.opened_as());
  opened();
}

void PortKeeper::reopen_failed(const std::string& reason) {
  reserved_.hold();
  const Duration away = io::now() - away_since_;
  if (away >= kPatience && reason != reason_told_) {
    reason_told_ = reason;
    losses_.tell();
    observer_.line_not_back_yet(port_.name(), reason);
  }
  if (still_away_.due(away)) {
    losses_.tell();
    observer_.line_still_away(port_.name(), reason, away);
  }
  pause_ = std::min(2 * pause_, kLongestPortPause);
  schedule();
}

}  // namespace serialtcp::share
