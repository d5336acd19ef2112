#include "mux/receive_half.h"

#include <algorithm>

#include "serialtcp/config.h"

namespace serialtcp::mux {

namespace {

constexpr std::uint64_t kUnit = 256;       // of credit on the wire
constexpr std::uint64_t kCreditSteps = 4;  // credit is told when a quarter of the window has been read
constexpr Duration kLeastRoundTrip = std::chrono::milliseconds(5);

}  // namespace

ReceiveHalf::ReceiveHalf(std::size_t initial_credit, CreditPool& pool)
    : pool_(pool), window_(initial_credit), limit_(initial_credit), initial_(initial_credit) {}

ReceiveHalf::~ReceiveHalf() {
  pool_.used -= static_cast<std::size_t>(window_ - initial_);
}

std::optional<ReceiveError> ReceiveHalf::receive(std::uint64_t offset, ByteView bytes) {
  const std::uint64_t end = offset + bytes.size();
  if (end > limit_) return ReceiveError::beyond_credit;
  if (end_ && end > *end_) return ReceiveError::beyond_end;
  if (end <= next_) return std::nullopt;
  if (offset < next_) {
    bytes = bytes.subspan(static_cast<std::size_t>(next_ - offset));
    offset = next_;
  }
  queue_.place(offset, bytes);
  if (offset > next_) {
    arrived_.add({offset, end});
    return std::nullopt;
  }
  next_ = end;
  if (!arrived_.empty() && arrived_.front().begin <= next_) {
    arrived_.add({offset, end});
    next_ = arrived_.front().end;
    arrived_.remove(arrived_.front());
  }
  return std::nullopt;
}

std::optional<ReceiveError> ReceiveHalf::end_at(std::uint64_t offset) {
  const std::uint64_t newest = arrived_.empty() ? next_ : arrived_.back().end;
  if (offset < newest) return ReceiveError::beyond_end;
  if (end_ && *end_ != offset) return ReceiveError::end_moved;
  end_ = offset;
  return std::nullopt;
}

std::size_t ReceiveHalf::read(MutableByteView into, Time now, Duration round_trip) {
  const ByteView bytes = queue_.view(queue_.begin(), std::min(into.size(), readable()));
  const std::size_t count = bytes.size();
  std::ranges::copy(bytes, into.begin());
  queue_.drop_below(queue_.begin() + count);
  if (count > 0) grow_window(now, round_trip);
  return count;
}

void ReceiveHalf::grow_window(Time now, Duration round_trip) {
  // A reader that reads half a window within two round trips may be what the writer waits for.
  if (queue_.begin() - measured_from_ < window_ / 2) return;
  const bool fast = now - measured_since_ < 2 * std::max(round_trip, kLeastRoundTrip);
  measured_from_ = queue_.begin();
  measured_since_ = now;
  if (!fast || window_ * 2 > limits::kMaxCredit || pool_.used + window_ > limits::kCreditSum) return;
  pool_.used += static_cast<std::size_t>(window_);
  window_ *= 2;
}

void ReceiveHalf::discard() {
  queue_.drop_below(queue_.end());
  arrived_.clear();
}

bool ReceiveHalf::credit_due() const {
  if (end_ && limit_ >= *end_) return false;
  const std::uint64_t wanted = queue_.begin() + window_;
  return wanted >= limit_ + window_ / kCreditSteps;
}

std::uint64_t ReceiveHalf::give_credit() {
  limit_ = std::max(limit_, (queue_.begin() + window_) / kUnit * kUnit);
  return limit_;
}

}  // namespace serialtcp::mux
