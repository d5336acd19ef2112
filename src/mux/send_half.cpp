#include "mux/send_half.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::mux {

namespace {

// Content is coded when fewer coded bytes than this are pending, early enough that no chunk or frame has to
// end for it.
constexpr std::size_t kLittle = 256;
// The maximum that is coded at once.
constexpr std::size_t kMuch = 32 * 1024;

}  // namespace

void SendHalf::shut() {
  CHECK(fin_ == Delivery::not_needed);
  fin_ = Delivery::wanted;
  if (content_.size() == 0) leave_run_to_the_end();
}

void SendHalf::set_fin(Delivery fin) {
  fin_ = fin;
  if (finished()) place_.reset();
}

/// The end of the stream also ends the packed run: nothing may be appended any more.
void SendHalf::leave_run_to_the_end() {
  packer_ = Packer{};
  run_end_ = UINT64_MAX;
}

std::size_t SendHalf::loadable() const {
  const std::uint64_t end = std::min(content_.end(), limit_);
  return end <= content_.begin() ? 0 : static_cast<std::size_t>(end - content_.begin());
}

SendHalf::Loaded SendHalf::load(std::uint64_t rate, Time now, PackerPool& pool) {
  const std::size_t available = std::min(loadable(), kMuch);
  if (available == 0 || !lost_.empty() || coded_.end() - sent_ >= kLittle) return {};
  const ByteView content = content_.view(content_.begin(), available);
  Bytes packed;
  const Packer::Piece piece = packer_.next(content, rate, now, pool, place_, packed);
  const ByteView coded =
      piece.packing == wire::Packing::packed ? ByteView(packed) : content.first(piece.taken);
  append(coded, piece.packing);
  content_.drop_below(content_.begin() + piece.taken);
  if (is_shut() && content_.size() == 0) leave_run_to_the_end();
  return {piece.taken, coded.size(), piece.packing};
}

void SendHalf::append(ByteView coded, wire::Packing packing) {
  const std::uint64_t begin = coded_.end();
  coded_.append(coded);
  if (packing == wire::Packing::packed) packed_.add({begin, coded_.end()});
  if (packing == wire::Packing::packed) run_end_ = coded_.end();
}

void SendHalf::end_packed_run() {
  Bytes end;
  packer_.end_run(end);
  append(end, wire::Packing::packed);
}

Piece SendHalf::next(std::size_t most) const {
  base::Range range{sent_, coded_.end()};
  if (!lost_.empty()) range = lost_.front();
  Piece piece{.offset = range.begin, .bytes = {}};
  if (range.size() == 0) return piece;
  if (!packed_.empty()) {
    if (packed_.contains({range.begin, range.begin + 1})) piece.packing = wire::Packing::packed;
    range.end = std::min(range.end, packed_.stretch_end(range.begin));
  }
  piece.bytes = coded_.view(range.begin, std::min<std::size_t>(most, range.size()));
  return piece;
}

bool SendHalf::changes_kind_after(const Piece& piece) const {
  return lost_.empty() && (piece.offset + piece.bytes.size() < coded_.end() || loadable() > 0);
}

void SendHalf::sent(std::uint64_t offset, std::size_t length) {
  if (offset == sent_) {
    sent_ += length;
    return;
  }
  lost_.remove({offset, offset + length});
}

void SendHalf::lost(std::uint64_t offset, std::size_t length) {
  base::Range range{std::max(offset, coded_.begin()), offset + length};
  if (range.begin >= range.end) return;
  lost_.add(range);
  for (const auto& [begin, end] : acked_.ranges()) lost_.remove({begin, end});
}

void SendHalf::delivered(std::uint64_t offset, std::size_t length) {
  const base::Range range{std::max(offset, coded_.begin()), offset + length};
  if (range.begin >= range.end) return;
  lost_.remove(range);
  acked_.add(range);
  const base::Range front = acked_.front();
  if (front.begin > coded_.begin()) return;
  coded_.drop_below(front.end);
  acked_.remove(front);
  if (!packed_.empty()) packed_.remove({0, front.end});
  if (finished() || (!packer_.in_run() && coded_.begin() >= run_end_)) place_.reset();
}

bool SendHalf::raise_limit(std::uint64_t limit) {
  if (limit <= limit_) return false;
  limit_ = limit;
  return true;
}

void SendHalf::discard() {
  discarded_ = true;
  content_.restart(0);
  coded_.restart(0);
  packed_.clear();
  acked_.clear();
  lost_.clear();
  sent_ = 0;
  limit_ = 0;
  fin_ = Delivery::not_needed;
  leave_run_to_the_end();
}

}  // namespace serialtcp::mux
