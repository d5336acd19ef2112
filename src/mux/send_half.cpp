#include "mux/send_half.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::mux {

void SendHalf::shut() {
  CHECK(fin_ == Delivery::not_needed);
  fin_ = Delivery::wanted;
}

SendHalf::Piece SendHalf::next(std::size_t most) const {
  if (!lost_.empty()) {
    const base::Range range = lost_.front();
    return {range.begin, queue_.view(range.begin, std::min<std::size_t>(most, range.size()))};
  }
  const std::uint64_t end = std::min(queue_.end(), limit_);
  if (sent_ >= end) return {sent_, {}};
  return {sent_, queue_.view(sent_, std::min<std::size_t>(most, end - sent_))};
}

void SendHalf::sent(std::uint64_t offset, std::size_t length) {
  if (offset == sent_) {
    sent_ += length;
    return;
  }
  lost_.remove({offset, offset + length});
}

void SendHalf::lost(std::uint64_t offset, std::size_t length) {
  base::Range range{std::max(offset, queue_.begin()), offset + length};
  if (range.begin >= range.end) return;
  lost_.add(range);
  for (const auto& [begin, end] : acked_.ranges()) lost_.remove({begin, end});
}

void SendHalf::delivered(std::uint64_t offset, std::size_t length) {
  const base::Range range{std::max(offset, queue_.begin()), offset + length};
  if (range.begin >= range.end) return;
  lost_.remove(range);
  acked_.add(range);
  const base::Range front = acked_.front();
  if (front.begin > queue_.begin()) return;
  queue_.drop_below(front.end);
  acked_.remove(front);
}

bool SendHalf::raise_limit(std::uint64_t limit) {
  if (limit <= limit_) return false;
  limit_ = limit;
  return true;
}

}  // namespace serialtcp::mux
