#include "tunnel/stream_data.h"

#include <algorithm>

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// Upper bound of what one stream has to send in addition to its data: OPEN, FIN or RESET, CREDIT or STOP.
constexpr std::size_t kMostControl = wire::kMaxOpen + 2 * wire::kMaxChunkHead;
// Data of at most this size is put into a frame as a whole, with its length, so that more can follow it.
constexpr std::size_t kShortData = 96;
// For this time after sparse data was sent, more is expected. After that of an interactive stream
constexpr Duration kTyping = 1s;
// longer data of other streams is not put into a frame as a whole, since it would delay the next
// keystroke.
constexpr std::size_t kShortDataInHurry = 24;
// On a half-duplex line, turns are shorter for this time after sparse data was sent.
constexpr Duration kTypingInTurns = 2s;
// Without an answer for this time, the time of so many bytes, and two round trips.
constexpr Duration kHoldAfter = 3s;
constexpr std::size_t kHoldAfterBytes = 720;

}  // namespace

bool StreamData::somebody_types(Time now) const {
  return now < typed_ + kTyping;
}

link::Pacer::Hurry StreamData::hurry(Time now) const {
  if (somebody_types(now)) return link::Pacer::Hurry::typed;
  return now < sparse_sent_ + kTyping ? link::Pacer::Hurry::sparse : link::Pacer::Hurry::none;
}

link::Air::Typing StreamData::typing(Time now) const {
  return now < sparse_sent_ + kTypingInTurns ? link::Air::Typing::yes : link::Air::Typing::no;
}

bool StreamData::turn_is_over(Time now) const {
  return link_.turns.in_use() && link_.turns.over(link_.pacer.position(), link_.pacer.leaves(), typing(now));
}

bool StreamData::waits_for_pacer(Time now) const {
  if (link_.state != LinkState::up) return false;
  const Time due = this->due(frame_ ? During::open_frame : During::no_frame);
  return due != kNever && due > now && due == link_.pacer.slice_due();
}

Time StreamData::hold_due() const {
  if (link_.state != LinkState::up || link_.turns.in_use() || holds_bulk()) return kNever;
  if (!link_.sender->awaiting() || link_.sender->awaiting_since() == Time{}) return kNever;
  if (!link_.sender->rtt().measured()) return kNever;
  const Duration far = link_.sender->rtt().smoothed() * 2;
  return link_.sender->awaiting_since() + std::max({kHoldAfter, far, link_.pacer.time_for(kHoldAfterBytes)});
}

bool StreamData::holds_bulk() const {
  return held_since_ != Time{} && link_.sender->awaiting() && link_.sender->awaiting_since() == held_since_ &&
         !link_.turns.in_use();
}

Time StreamData::due(During during) const {
  const mux::Scheduler& scheduler = streams_.scheduler();
  if (during == During::open_frame) {
    // Bulk is sent in slices, except for the first bytes.
    if (frame_->record.tickets.back().length == 0) return Time{};
    const mux::Stream* const stream = streams_.find(frame_->stream);
    const bool bulk = stream != nullptr && stream->schedule.in_turns();
    return bulk ? link_.pacer.slice_due() : Time{};
  }
  if (scheduler.empty() || link_.sender->full()) return kNever;
  if (scheduler.has_sparse()) return Time{};
  if (holds_bulk()) return kNever;
  // A frame that measures the latency waits until the line is idle.
  const bool sample_first = link_.pacer.leaves() > link_.pacer.idle_sample_due();
  return sample_first ? std::max(link_.pacer.slice_due(), link_.pacer.leaves()) : link_.pacer.slice_due();
}

void StreamData::prepare(Time now) {
  over_ = turn_is_over(now);
  next_ = over_ ? nullptr : next_stream(now);
}

mux::Stream* StreamData::next_stream(Time now) {
  if (link_.sender->full()) return nullptr;
  while (mux::Stream* const stream = streams_.scheduler().pick()) {
    streams_.drop_late_datagrams(*stream, now);
    if (!stream->has_data()) {
      streams_.scheduler().deactivate(*stream);
      continue;
    }
    const link::Pacer& pacer = link_.pacer;
    if (stream->schedule.in_turns()) {
      if (holds_bulk()) return nullptr;
      if (!pacer.slice_allowed(now) || (pacer.wants_idle_sample(now) && pacer.leaves() > now)) return nullptr;
    }
    streams_.load(*stream, now);
    return stream;
  }
  return nullptr;
}

void StreamData::write(FrameRoom& room, Time now) {
  if (over_) return;
  // A frame is delivered when it ends, so nothing less urgent is put after urgent data, which would have to
  // wait for it.
  const std::size_t short_data = somebody_types(now) ? kShortDataInHurry : kShortData;
  mux::Urgency least = room.tickets().size() == room.patient ? mux::Urgency::in_turns : mux::Urgency::sparse;
  while (room.raw.size() + kMostControl + kShortData < kHeadRoom) {
    mux::Stream* const stream = next_stream(now);
    if (stream == nullptr) return;
    const mux::Urgency urgency = mux::Scheduler::urgency(*stream);
    if (urgency > least) return;
    least = urgency;
    if (urgency == mux::Urgency::interactive) typed_ = now;
    if (urgency <= mux::Urgency::sparse) sparse_sent_ = now;
    const mux::Piece piece = stream->next(short_data + 1);
    const bool brief = piece.bytes.size() <= short_data;
    // Only the last chunk of a frame can omit its length, and only there can more bytes be added later.
    const bool followed =
        stream->needs_chunk_after(piece) && room.raw.size() + piece.bytes.size() < room.frame.budget;
    const bool last = !brief || (streams_.scheduler().only(*stream) && !followed);
    streams_.control().add_opening(*stream, room);
    const DataEnd end = !brief ? DataEnd::open : last ? DataEnd::with_frame : DataEnd::counted;
    if (end == DataEnd::open) plan_parts(*stream, room.frame, now);
    begin_chunk(*stream, piece, end, room);
    if (end == DataEnd::open) return;
    room.raw.bytes(piece.bytes);
    room.tickets().back().length = static_cast<std::uint32_t>(piece.bytes.size());
    streams_.data_sent(*stream, piece.offset, piece.bytes.size(), mux::Scheduler::Of::new_chunk);
    if (last) return;
  }
}

/// How long the long chunk of this frame may become, and whether it has parts. Beside other streams it is cut into short frames
/// anyway.
void StreamData::plan_parts(const mux::Stream& stream, OpenFrame& frame, Time now) {
  if (!link_.divides) return;
  const bool parts = !stream.datagrams && streams_.scheduler().only(stream);
  const link::Pacer& pacer = link_.pacer;
  const std::size_t divided = link_.sender->frame_length().payload(pacer.rate(), pacer.searching(), true);
  const link::PartLength::Plan plan = part_length_.plan(
      frame.budget, divided,
      {pacer.rate(), parts, link_.stats.wire_bytes_received, hurry(now) != link::Pacer::Hurry::none}, now);
  frame.budget = plan.payload;
  frame.part = plan.part;
}

void StreamData::begin_chunk(mux::Stream& stream, const mux::Piece& piece, DataEnd end, FrameRoom& room) {
  std::optional<wire::WireOffset> offset;
  const std::size_t part = room.frame.part;
  if (!stream.datagrams) {
    // A part that arrives early changes which offset is expected.
    const bool in_place = part == 0 && stream.send.peer_is_at(piece.offset);
    if (!in_place) offset = wire::truncate_offset(piece.offset, stream.send.spread() + kShortData);
  } else if (piece.begins != piece.bytes.size() || end == DataEnd::open) {
    offset = wire::long_offset(piece.offset);
  }
  std::optional<std::uint32_t> length;
  if (end == DataEnd::counted) length = static_cast<std::uint32_t>(piece.bytes.size());
  if (part > 0) wire::write_parts_mark(part, room.raw);
  if (piece.packing == wire::Packing::packed) wire::write_packed_mark(room.raw);
  if (piece.begins) wire::write_datagram_mark(*piece.begins, room.raw);
  wire::write_data_head(stream.wire(), offset, length, room.raw);

  using Kind = link::Ticket::Kind;
  const Kind kind = stream.datagrams ? Kind::datagram : Kind::repeated;
  room.tickets().push_back(ticket(stream.key.id, piece.offset, 0, kind));
  if (end != DataEnd::open) return;
  OpenFrame& frame = room.frame;
  frame.stream = stream.key.id;
  frame.next_offset = piece.offset;
  frame.packing = piece.packing;
  frame.datagram = piece.datagram;
  if (stream.datagrams) stream.datagrams->out.begin();
  frame.budget = std::min(frame.budget, limits::kMaxFrame - kTailRoom - room.raw.size());
  if (part == 0) return;
  frame.part_left = part;
  frame.budget = std::min(
      frame.budget, limits::kMaxFrame - kTailRoom - room.raw.size() - frame.budget / part * wire::kCheckSize);
}

// ---- The open frame ----

bool StreamData::is_at_end() const {
  const mux::Stream* const stream = streams_.find(frame_->stream);
  if (stream == nullptr || !stream->has_data() || frame_->budget == 0) return true;
  // Since the last piece, something was acknowledged or lost, so that the next bytes do not continue this
  // chunk; nor do bytes of another kind, or of another datagram.
  const mux::Piece next = stream->next(1);
  return next.offset != frame_->next_offset || next.packing != frame_->packing ||
         next.datagram != frame_->datagram;
}

bool StreamData::interrupts(Time) const {
  const mux::Stream* const stream = streams_.find(frame_->stream);
  return stream != nullptr && streams_.scheduler().preempts(*stream);
}

void StreamData::load_open(Time now) {
  mux::Stream* const stream = streams_.find(frame_->stream);
  if (stream != nullptr && stream->has_data()) streams_.load(*stream, now);
}

void StreamData::sent(OpenFrame& frame, mux::Stream& stream, const mux::Piece& piece, std::size_t count) {
  frame.raw_size += count;
  frame.budget -= count;
  if (frame.part > 0) frame.part_left -= count;
  frame.next_offset += count;
  std::uint32_t& gone = frame.record.tickets.back().length;
  const auto of = gone == 0 ? mux::Scheduler::Of::new_chunk : mux::Scheduler::Of::same_chunk;
  gone += static_cast<std::uint32_t>(count);
  streams_.data_sent(stream, piece.offset, count, of);
}

bool StreamData::carries_only_this(const OpenFrame& frame) const {
  return std::ranges::all_of(frame.record.tickets, [this](const link::Ticket& t) { return is_mine(t); });
}

// ---- Its fate ----

void StreamData::delivered(const link::Ticket& ticket, Time) {
  mux::Stream* const stream = streams_.find_on_wire(ticket.stream);
  if (stream == nullptr) return;
  streams_.data_delivered(*stream, ticket.offset, ticket.length);
  streams_.delivered(*stream);
}

void StreamData::lost(const link::Ticket& ticket, Time now) {
  mux::Stream* const stream = streams_.find_on_wire(ticket.stream);
  if (stream != nullptr) streams_.data_lost(*stream, ticket.offset, ticket.length, now);
}

}  // namespace serialtcp::tunnel
