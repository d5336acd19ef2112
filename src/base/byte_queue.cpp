#include "base/byte_queue.h"

#include <algorithm>

#include "base/byte_runs.h"

namespace serialtcp::base {

namespace {

// Less memory than this is not worth freeing.
constexpr std::size_t kSmall = 1024;
// Up to this size the memory doubles when more is needed; above, it grows by half.
constexpr std::size_t kDoubled = 128 * 1024;

}  // namespace

void ByteQueue::append(ByteView bytes) {
  make_room(bytes.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void ByteQueue::place(std::uint64_t offset, ByteView bytes) {
  CHECK(offset >= begin_);
  const auto end = static_cast<std::size_t>(offset - begin_) + bytes.size();
  if (end == size() + bytes.size()) return append(bytes);
  if (end > size()) make_room(end - size());
  if (end > size()) bytes_.resize(head_ + end);
  copy_bytes(bytes, MutableByteView(bytes_).subspan(head_ + end - bytes.size()));
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

/// Makes space in the vector for `more` bytes. Bytes are moved only when a quarter of them is removed or new,
/// so that each byte is moved only a few times (twice in a queue that stays full), and unused memory is a fraction of what is
/// held.
void ByteQueue::make_room(std::size_t more) {
  const std::size_t needed = size() + more;
  const bool fits = bytes_.size() + more <= bytes_.capacity();
  const bool too_large = bytes_.capacity() > kSmall && needed < bytes_.capacity() / 4;
  if (fits && !too_large) return;
  const auto live = bytes_.begin() + static_cast<std::ptrdiff_t>(head_);
  if (needed <= bytes_.capacity() && head_ >= size() / 4 && !too_large) {
    bytes_.erase(bytes_.begin(), live);
  } else {
    Bytes room;
    room.reserve(needed + std::max(needed / 2, std::min(needed, kDoubled)));
    room.assign(live, bytes_.end());
    bytes_.swap(room);
  }
  head_ = 0;
}

}  // namespace serialtcp::base
