#include "mux/datagram_receiver.h"

#include <utility>

namespace serialtcp::mux {

namespace {

constexpr std::uint32_t kOffsetMask = (std::uint32_t{1} << wire::kLongOffsetBits) - 1;

}  // namespace

DatagramReceiver::Outcome DatagramReceiver::receive(const wire::chunk::Data& data, std::uint64_t frame) {
  if (data.packing != wire::Packing::plain) return Outcome::breach;
  if (data.offset && data.offset->bits != wire::kLongOffsetBits) return Outcome::breach;
  return data.begins ? begin(data, frame) : go_on(data, frame);
}

DatagramReceiver::Outcome DatagramReceiver::begin(const wire::chunk::Data& data, std::uint64_t frame) {
  drop_partial();
  const std::uint32_t size = *data.begins;
  if (size > limits::kMaxDatagram || data.bytes.size() > size) return Outcome::breach;
  if (data.bytes.size() == size) return keep(Bytes(data.bytes.begin(), data.bytes.end()));
  if (!data.offset) return Outcome::breach;
  // If this datagram is sent, it begins again: its first piece must contain its first byte.
  if (data.bytes.empty()) return Outcome::nothing;
  const auto place = partials_.waiting.insert(partials_.waiting.end(), this);
  partial_ = Partial{size, {}, data.offset->low, frame, place};
  add_to_partial(data.bytes, frame);
  return Outcome::nothing;
}

DatagramReceiver::Outcome DatagramReceiver::go_on(const wire::chunk::Data& data, std::uint64_t frame) {
  if (!data.offset) return Outcome::breach;
  if (!partial_ || data.bytes.empty()) return Outcome::nothing;
  const bool near = frame >= partial_->frame && frame - partial_->frame <= kMostFramesBetween;
  if (!near || data.offset->low != partial_->next_offset) {
    drop_partial();
    return Outcome::nothing;
  }
  if (data.bytes.size() > partial_->size - partial_->bytes.size()) return Outcome::breach;
  add_to_partial(data.bytes, frame);
  if (partial_->bytes.size() < partial_->size) return Outcome::nothing;
  return keep(take_partial());
}

void DatagramReceiver::add_to_partial(ByteView bytes, std::uint64_t frame) {
  partial_->bytes.insert(partial_->bytes.end(), bytes.begin(), bytes.end());
  partial_->next_offset = (partial_->next_offset + static_cast<std::uint32_t>(bytes.size())) & kOffsetMask;
  partial_->frame = frame;
  partials_.held += bytes.size();
  partials_.waiting.splice(partials_.waiting.end(), partials_.waiting, partial_->place);
  // This one fits alone, and is the last of them.
  while (partials_.held > limits::kPartialDatagramSum) partials_.waiting.front()->drop_partial();
}

Bytes DatagramReceiver::take_partial() {
  Bytes bytes = std::move(partial_->bytes);
  partials_.held -= bytes.size();
  partials_.waiting.erase(partial_->place);
  partial_.reset();
  return bytes;
}

void DatagramReceiver::drop_partial() {
  if (!partial_) return;
  take_partial();
  ++partials_.dropped;
}

DatagramReceiver::Outcome DatagramReceiver::keep(Bytes datagram) {
  const std::size_t cost = DatagramRoom::cost(datagram.size());
  if (!room_.take(cost, held_)) return Outcome::no_room;
  held_ += cost;
  datagram.shrink_to_fit();
  whole_.push_back(std::move(datagram));
  return Outcome::whole;
}

std::optional<Bytes> DatagramReceiver::read() {
  if (whole_.empty()) return std::nullopt;
  Bytes datagram = std::move(whole_.front());
  whole_.pop_front();
  const std::size_t cost = DatagramRoom::cost(datagram.size());
  room_.give_back(cost);
  held_ -= cost;
  return datagram;
}

void DatagramReceiver::discard() {
  drop_partial();
  while (read()) {
  }
}

}  // namespace serialtcp::mux
