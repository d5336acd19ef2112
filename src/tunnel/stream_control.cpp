#include "tunnel/stream_control.h"

#include <algorithm>
#include <array>

#include "tunnel/streams.h"

namespace serialtcp::tunnel {

namespace {

using mux::Delivery;

void repeat(Delivery& delivery) {
  if (delivery == Delivery::under_way) delivery = Delivery::wanted;
}

/// After a reset, nothing else is sent.
bool goes_on(const mux::Stream& stream) {
  return stream.reset == Delivery::not_needed;
}

class Opening final : public StreamSpeaker {
 public:
  bool wanted(const mux::Stream& stream) const override {
    return goes_on(stream) && stream.open == Delivery::wanted;
  }
  void write(mux::Stream& stream, base::Writer& out) const override {
    const Purpose& purpose = stream.key.purpose;
    wire::write_chunk(wire::chunk::Open{stream.key.index, stream.key.generation, purpose.service,
                                        purpose.name, purpose.priority, purpose.kind},
                      out);
    stream.open = Delivery::under_way;
  }
  void delivered(mux::Stream& stream) const override { stream.open = Delivery::delivered; }
  void lost(mux::Stream& stream) const override { repeat(stream.open); }
};

class Resetting final : public StreamSpeaker {
 public:
  bool wanted(const mux::Stream& stream) const override { return stream.reset == Delivery::wanted; }
  void write(mux::Stream& stream, base::Writer& out) const override {
    wire::write_chunk(wire::chunk::Reset{stream.wire(), stream.reset_reason}, out);
    stream.reset = Delivery::under_way;
  }
  void delivered(mux::Stream& stream) const override { stream.reset = Delivery::delivered; }
  void lost(mux::Stream& stream) const override { repeat(stream.reset); }
};

class Stopping final : public StreamSpeaker {
 public:
  bool wanted(const mux::Stream& stream) const override {
    return goes_on(stream) && stream.stop == Delivery::wanted;
  }
  void write(mux::Stream& stream, base::Writer& out) const override {
    wire::write_chunk(wire::chunk::Stop{stream.wire()}, out);
    stream.stop = Delivery::under_way;
  }
  void lost(mux::Stream& stream) const override { repeat(stream.stop); }
};

class Ending final : public StreamSpeaker {
 public:
  bool wanted(const mux::Stream& stream) const override {
    return goes_on(stream) && stream.fin_can_be_said();
  }
  void write(mux::Stream& stream, base::Writer& out) const override {
    const auto offset = static_cast<std::uint32_t>(stream.send.end() & 0xFFFFFFU);
    wire::write_chunk(wire::chunk::Fin{stream.wire(), offset}, out);
    stream.send.set_fin(Delivery::under_way);
  }
  void delivered(mux::Stream& stream) const override {
    if (!stream.terminated() && !stream.drops_output()) stream.send.set_fin(Delivery::delivered);
  }
  void lost(mux::Stream& stream) const override {
    if (!stream.terminated() && stream.send.fin() == Delivery::under_way)
      stream.send.set_fin(Delivery::wanted);
  }
};

class Crediting final : public StreamSpeaker {
 public:
  bool wanted(const mux::Stream& stream) const override {
    return goes_on(stream) && stream.credit == Delivery::wanted;
  }
  /// It can wait until the peer has little left.
  bool urgent(const mux::Stream& stream) const override { return stream.receive.credit_scarce(); }
  bool patient(const mux::Stream& stream) const override { return stream.receive.credit_ample(); }
  void write(mux::Stream& stream, base::Writer& out) const override {
    const std::uint64_t limit = stream.receive.give_credit() / wire::kCreditUnit;
    wire::write_chunk(wire::chunk::Credit{stream.wire(), static_cast<std::uint32_t>(limit & 0xFFFFU)}, out);
    stream.credit = Delivery::not_needed;
  }
  void lost(mux::Stream& stream) const override { stream.credit = Delivery::wanted; }
};

const Opening kOpening;
const Resetting kResetting;
const Stopping kStopping;
const Ending kEnding;
const Crediting kCrediting;
constexpr std::uint64_t kOpeningRow = 0;

/// A ticket's offset is the row.
const std::array<const StreamSpeaker*, 5>& rows() {
  static const std::array<const StreamSpeaker*, 5> kRows{&kOpening, &kResetting, &kStopping, &kEnding,
                                                         &kCrediting};
  return kRows;
}

bool is_spoken_of(const mux::Stream& stream) {
  return stream.on_wire() && stream.state() != mux::Stream::State::peer_reset;
}

}  // namespace

void StreamControl::want(mux::Stream& stream) {
  if (!is_spoken_of(stream)) return;
  const auto wanted = [&](const StreamSpeaker* row) { return row->wanted(stream); };
  const auto urgent = [&](const StreamSpeaker* row) { return row->wanted(stream) && row->urgent(stream); };
  if (std::ranges::any_of(rows(), urgent)) urgent_ = true;
  if (stream.control_queued || std::ranges::none_of(rows(), wanted)) return;
  stream.control_queued = true;
  queue_.push_back(stream.key.id);
}

/// What can wait does so for the frame of the bulk that comes.
Time StreamControl::due(During during) const {
  const bool waits = during == During::open_frame || streams_.bulk_comes();
  return (waits ? urgent_ : !queue_.empty()) ? Time{} : kNever;
}

void StreamControl::write(FrameRoom& room, Time) {
  while (!queue_.empty() && room.has_room()) {
    mux::Stream* const stream = streams_.find(queue_.front());
    queue_.pop_front();
    if (stream == nullptr) continue;
    stream->control_queued = false;
    write_all(*stream, room);
  }
  if (queue_.empty()) urgent_ = false;
}

void StreamControl::write_all(mux::Stream& stream, FrameRoom& room) {
  const auto wanted = [&](const StreamSpeaker* row) { return row->wanted(stream); };
  if (!is_spoken_of(stream) || std::ranges::none_of(rows(), wanted)) return;
  add_opening(stream, room);
  for (std::size_t row = kOpeningRow + 1; row < rows().size(); ++row) {
    if (!rows()[row]->wanted(stream)) continue;
    if (streams_.has_long_frames() && rows()[row]->patient(stream)) ++room.patient;
    rows()[row]->write(stream, room.raw);
    room.tickets().push_back(ticket(stream.key.id, row, 0));
  }
}

void StreamControl::add_opening(mux::Stream& stream, FrameRoom& room) {
  if (stream.open != Delivery::wanted && stream.open != Delivery::under_way) return;
  // Once a frame is enough.
  const auto said = [&](const link::Ticket& t) {
    return is_mine(t) && t.offset == kOpeningRow && t.stream == stream.key.id;
  };
  if (std::ranges::any_of(room.tickets(), said)) return;
  kOpening.write(stream, room.raw);
  room.tickets().push_back(ticket(stream.key.id, kOpeningRow, 0));
}

void StreamControl::delivered(const link::Ticket& ticket, Time) {
  mux::Stream* const stream = streams_.find_on_wire(ticket.stream);
  if (stream == nullptr) return;
  rows()[ticket.offset]->delivered(*stream);
  streams_.delivered(*stream);
}

void StreamControl::lost(const link::Ticket& ticket, Time) {
  mux::Stream* const stream = streams_.find_on_wire(ticket.stream);
  if (stream == nullptr) return;
  rows()[ticket.offset]->lost(*stream);
  want(*stream);
}

void StreamControl::forget() {
  queue_.clear();
  urgent_ = false;
}

}  // namespace serialtcp::tunnel
