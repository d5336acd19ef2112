#include "base/byte_queue.h"

#include <algorithm>

namespace serialtcp::base {

void ByteQueue::append(ByteView bytes) {
  compact();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void ByteQueue::place(std::uint64_t offset, ByteView bytes) {
  CHECK(offset >= begin_);
  compact();
  const std::size_t at = head_ + static_cast<std::size_t>(offset - begin_);
  if (at == bytes_.size()) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return;
  }
  if (at + bytes.size() > bytes_.size()) bytes_.resize(at + bytes.size());
  std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
}

ByteView ByteQueue::view(std::uint64_t offset, std::size_t most) const {
  CHECK(offset >= begin_ && offset <= end());
  const ByteView rest = ByteView(bytes_).subspan(head_ + static_cast<std::size_t>(offset - begin_));
  return rest.first(std::min(most, rest.size()));
}

void ByteQueue::drop_below(std::uint64_t offset) {
  if (offset <= begin_) return;
  const auto count = static_cast<std::size_t>(offset - begin_);
  CHECK(count <= size());
  head_ += count;
  begin_ = offset;
  if (head_ == bytes_.size()) {
    Bytes().swap(bytes_);
    head_ = 0;
  }
}

void ByteQueue::restart(std::uint64_t offset) {
  Bytes().swap(bytes_);
  head_ = 0;
  begin_ = offset;
}

void ByteQueue::compact() {
  // Moving the rest only when at least as much is gone makes each byte move at most once on average.
  if (head_ < 4096 || head_ < bytes_.size() - head_) return;
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
  head_ = 0;
}

}  // namespace serialtcp::base
