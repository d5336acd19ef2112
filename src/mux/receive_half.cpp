#include "mux/receive_half.h"

#include <algorithm>

#include "base/byte_runs.h"
#include "serialtcp/limits.h"
#include "wire/chunk.h"

namespace serialtcp::mux {

namespace {

constexpr std::uint64_t kCreditSteps = 4;  // a new limit is sent when a quarter of the window has been read
constexpr Duration kLeastRoundTrip = std::chrono::milliseconds(5);
// Half a window is at least this long: for packed data, and where credit waits for the end of a long frame.
constexpr Duration kPackedWindow = std::chrono::milliseconds(500);
constexpr Duration kWindowBesideLongFrames = std::chrono::seconds(1);
// Half of kMaxCredit within this time: the line has no speed, and the processes between the ends may be what is waited for.
constexpr Duration kReadWithoutLimit = std::chrono::milliseconds(10);

}  // namespace

ReceiveHalf::ReceiveHalf(std::size_t initial_credit, CreditPool& pool, DecompressorPool& decompressors)
    : pool_(pool),
      decompressors_(decompressors),
      window_(initial_credit),
      limit_(initial_credit),
      initial_(initial_credit) {}

ReceiveHalf::~ReceiveHalf() {
  pool_.used -= static_cast<std::size_t>(window_ - initial_);
}

std::optional<ReceiveError> ReceiveHalf::receive(std::uint64_t offset, ByteView bytes,
                                                 wire::Packing packing) {
  if (packing == wire::Packing::packed && decompressors_.window_log == 0) return ReceiveError::not_unpackable;
  const std::uint64_t end = offset + bytes.size();
  if (end > next_ + credit_left()) return ReceiveError::beyond_credit;
  if (end_ && end > *end_) return ReceiveError::beyond_end;
  if (end <= next_) return std::nullopt;
  if (offset < next_) {
    bytes = bytes.subspan(static_cast<std::size_t>(next_ - offset));
    offset = next_;
  }
  if (offset > next_) {
    keep(offset, bytes, packing);
    return std::nullopt;
  }
  if (const auto error = take(bytes, packing)) return error;
  if (const auto error = take_kept()) return error;
  if (complete()) decompressor_.reset();
  return std::nullopt;
}

/// In coded bytes.
std::uint64_t ReceiveHalf::credit_left() const {
  const std::uint64_t content = limit_ - content_.end();
  if (decompressors_.window_log == 0) return content;
  return content + content / limits::kPackedAllowanceShare + limits::kPackedAllowance;
}

void ReceiveHalf::keep(std::uint64_t offset, ByteView bytes, wire::Packing packing) {
  if (ahead_.size() == 0) {
    ahead_.restart(next_);
    arrived_.restart(next_);
  }
  ahead_.place(offset, bytes);
  const bool packed = packing == wire::Packing::packed;
  arrived_.set(offset, bytes.size(),
               packed ? base::ByteStates::State::packed : base::ByteStates::State::plain);
}

/// Takes bytes that were out of order and are in order now.
std::optional<ReceiveError> ReceiveHalf::take_kept() {
  if (ahead_.size() == 0) return std::nullopt;
  using State = base::ByteStates::State;
  for (State state; (state = arrived_.at(next_)) != State::missing;) {
    const ByteView bytes = ahead_.view(next_, arrived_.run(next_));
    const auto packing = state == State::packed ? wire::Packing::packed : wire::Packing::plain;
    if (const auto error = take(bytes, packing)) return error;
  }
  ahead_.drop_below(std::min(next_, ahead_.end()));
  arrived_.drop_below(next_);
  return std::nullopt;
}

/// The next bytes in order.
std::optional<ReceiveError> ReceiveHalf::take(ByteView bytes, wire::Packing packing) {
  next_ += bytes.size();
  if (packing == wire::Packing::packed) return unpack(bytes);
  if (bytes.size() > limit_ - content_.end()) return ReceiveError::beyond_credit;
  content_.append(bytes);
  return std::nullopt;
}

std::optional<ReceiveError> ReceiveHalf::unpack(ByteView packed) {
  packs_ = true;
  while (!packed.empty()) {
    if (!decompressor_) {
      if (decompressors_.in_use >= decompressors_.most) return ReceiveError::not_unpackable;
      decompressor_ = std::make_unique<Decompressor>(decompressors_);
    }
    const auto most = static_cast<std::size_t>(limit_ - content_.end());
    switch (decompressor_->unpack(packed, most, content_)) {
      case Decompressor::Outcome::wants_more:
        return std::nullopt;
      case Decompressor::Outcome::ended:
        decompressor_.reset();
        break;
      case Decompressor::Outcome::too_much:
        return ReceiveError::beyond_credit;
      case Decompressor::Outcome::broken:
        return ReceiveError::not_unpackable;
    }
  }
  return std::nullopt;
}

std::optional<ReceiveError> ReceiveHalf::end_at(std::uint64_t offset) {
  if (offset < std::max(next_, arrived_.end())) return ReceiveError::beyond_end;
  if (end_ && *end_ != offset) return ReceiveError::end_moved;
  end_ = offset;
  if (complete()) decompressor_.reset();
  return std::nullopt;
}

std::size_t ReceiveHalf::read(MutableByteView into, Time now, const Path& path) {
  const ByteView bytes = content_.view(content_.begin(), into.size());
  const std::size_t count = bytes.size();
  base::copy_bytes(bytes, into);
  content_.drop_below(content_.begin() + count);
  if (count > 0) grow_window(now, path);
  return count;
}

void ReceiveHalf::grow_window(Time now, const Path& path) {
  // A reader that reads half a window within two round trips may be what the writer waits for. Packed, a
  // piece arrives as a whole after some time, and the next ones should be in flight by then.
  if (path.credit_waits && measured_since_ == Time{}) measured_since_ = now;
  if (content_.begin() - measured_from_ < window_ / 2) return;
  const Duration least = path.credit_waits ? kWindowBesideLongFrames : packs_ ? kPackedWindow : Duration{};
  const Duration soon = std::max(2 * std::max(path.round_trip, kLeastRoundTrip), least);
  const Duration took = now - measured_since_;
  const bool fast = took < soon;
  measured_from_ = content_.begin();
  measured_since_ = now;
  if (!fast) return;
  // On a far path each doubling takes a round trip, so the window becomes at once what is known to be needed.
  const bool without_limit = took < kReadWithoutLimit;
  const std::uint64_t most =
      without_limit ? limits::kFarWindow : std::max(limits::kMaxCredit, path.far_window);
  std::uint64_t larger = std::max<std::uint64_t>(2 * window_, path.far_window);
  larger -= larger % wire::kCreditUnit;
  if (larger > most || larger <= window_ || pool_.used + (larger - window_) > limits::kCreditSum) return;
  pool_.used += static_cast<std::size_t>(larger - window_);
  window_ = larger;
}

void ReceiveHalf::discard() {
  content_.drop_below(content_.end());
  stop();
}

void ReceiveHalf::stop() {
  ahead_.restart(next_);
  arrived_.restart(next_);
  decompressor_.reset();
}

bool ReceiveHalf::credit_due() const {
  if (end_ && limit_ >= *end_) return false;
  const std::uint64_t wanted = content_.begin() + window_;
  return wanted >= limit_ + window_ / kCreditSteps;
}

std::uint64_t ReceiveHalf::give_credit() {
  limit_ = std::max(limit_, (content_.begin() + window_) / wire::kCreditUnit * wire::kCreditUnit);
  return limit_;
}

}  // namespace serialtcp::mux
