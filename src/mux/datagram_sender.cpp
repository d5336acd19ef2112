#include "mux/datagram_sender.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::mux {

bool DatagramSender::push(ByteView datagram, Time discard_after) {
  CHECK(datagram.size() <= limits::kMaxDatagram);
  const std::size_t cost = DatagramRoom::cost(datagram.size());
  if (!room_.take(cost, held_)) return false;
  held_ += cost;
  bytes_ += datagram.size();
  waiting_.push_back({Bytes(datagram.begin(), datagram.end()), discard_after});
  return true;
}

std::size_t DatagramSender::expire(Time now) {
  std::size_t dropped = 0;
  while (!waiting_.empty() && !begun_ && waiting_.front().discard_after < now) {
    drop_first();
    ++dropped;
  }
  return dropped;
}

Piece DatagramSender::next(std::size_t most) const {
  CHECK(!waiting_.empty());
  const ByteView all = waiting_.front().bytes;
  Piece piece;
  piece.offset = offset_;
  piece.bytes = all.subspan(gone_).first(std::min(most, all.size() - gone_));
  piece.datagram = first_;
  // Until a byte of it was sent, it begins again: a continuation must never be at the beginning of its
  // datagram.
  if (gone_ == 0) piece.begins = static_cast<std::uint32_t>(all.size());
  return piece;
}

bool DatagramSender::sent(std::size_t length) {
  begun_ = true;
  gone_ += length;
  offset_ += length;
  if (gone_ < waiting_.front().bytes.size()) return false;
  drop_first();
  return true;
}

bool DatagramSender::lost(std::uint64_t offset, std::size_t length) {
  return length > 0 && offset >= offset_ - gone_ && interrupt();
}

bool DatagramSender::interrupt() {
  if (!begun_) return false;
  drop_first();
  return true;
}

void DatagramSender::drop_first() {
  const std::size_t cost = DatagramRoom::cost(waiting_.front().bytes.size());
  room_.give_back(cost);
  held_ -= cost;
  bytes_ -= waiting_.front().bytes.size();
  waiting_.pop_front();
  ++first_;
  gone_ = 0;
  begun_ = false;
}

void DatagramSender::discard() {
  while (!waiting_.empty()) drop_first();
}

}  // namespace serialtcp::mux
