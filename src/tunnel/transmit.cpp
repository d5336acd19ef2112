// What goes next, decided when the line can take it. docs/protocol.md, "What goes next".
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// Raw bytes of a frame before the long DATA chunk: header, control chunks, short DATA chunks.
constexpr std::size_t kHeadRoom = 768;
constexpr std::size_t kControlRoom = 384;
// What stands around the chunks, at most: the header, an ack and the check value or seal.
constexpr std::size_t kHeaderRoom = 5;
constexpr std::size_t kTailRoom = kHeaderRoom + 2 * limits::kMaxAckRanges + 6 + FrameGuard::kMaxSize;
// What one stream may have to say, at most: OPEN, FIN or RESET, CREDIT or STOP.
constexpr std::size_t kMostControl = wire::kMaxOpen + 2 * wire::kMaxChunkHead;
// Data up to this size goes into a frame whole, with its length, so that more can follow it.
constexpr std::size_t kShortData = 96;
// A bulk frame in progress is not cut short for a plain ack younger than this, or than so many bytes take.
constexpr Duration kAckPatience = 200ms;
constexpr std::size_t kAckPatienceBytes = 128;
// Payload of the short frame that measures the line's latency amid bulk.
constexpr std::size_t kSamplePayload = 16;
// Every so many frames that carry nothing but an ack, one asks for an answer, so that their numbers get
// acknowledged.
constexpr unsigned kAnswerEvery = 16;
// So long after something of an interactive stream went, more of it is expected,
constexpr Duration kTyping = 1s;
// and of other streams no data longer than this goes whole: it would have to be waited for.
constexpr std::size_t kShortDataInHurry = 24;
// While the line's rate is being searched for, answers are asked for this often.
constexpr Duration kSearchInterval = 25ms;

}  // namespace

std::size_t Tunnel::transmit(MutableByteView room, Time now) {
  pacer_.hurry(somebody_types(now));
  std::size_t filled = 0;
  while (filled < room.size()) {
    filled += drain(room.subspan(filled), now);
    if (outbox_head_ < outbox_.size() || filled == room.size()) break;
    if (!answer_.empty()) {
      append_ends(answer_lead_in());
      interject(std::exchange(answer_, {}), now);
      ++stats_.frames_sent;
      lead_in_wanted_ = false;
      last_end_ = now;
      continue;
    }
    if (hello_due_ <= now || goodbyes_left_ > 0) {
      const bool put_off = put_off_for_console(now) || put_off_beginning(PutOff::hello_begun, now);
      if (!put_off && !hello_would_collide(now)) compose_hello(now);
      continue;
    }
    if (state_ != LinkState::up || pacer_.allowance(now) == 0) break;
    if (turns_.in_use() && !turns_.may_talk(now)) break;
    if (frame_) {
      load_open_frame(now);
      if (frame_should_end(now)) {
        end_frame(now);
        continue;
      }
      if (stream_due() > now) break;
      filled += stream_data(room.subspan(filled), now);
      continue;
    }
    if (!compose_frame(now)) break;
  }
  if (filled < room.size() && bulk_waits(now)) {
    pacer_.bulk_waits();
  } else {
    pacer_.nothing_waits();
  }
  stats_.wire_bytes_sent += filled;
  return filled;
}

bool Tunnel::somebody_types(Time now) const {
  return now < typed_ + kTyping;
}

/// Does bulk wait for nothing but the pacer?
bool Tunnel::bulk_waits(Time now) const {
  if (state_ != LinkState::up) return false;
  const Time due = data_due();
  return due != kNever && due > now && due == pacer_.slice_due();
}

Time Tunnel::transmit_due() const {
  if (outbox_head_ < outbox_.size() || goodbyes_left_ > 0 || !answer_.empty()) return Time{};
  if (state_ != LinkState::up) return hello_due_;
  Time due = std::min(ack_due(), data_due());
  const bool control =
      frame_ ? control_urgent_ : !control_.empty() || services_.has_next() || leaving_.has_next();
  if (control || mending_waits() || !releases_.empty() || ping_wanted_) due = Time{};
  due = turn_due(due);
  if (due != kNever) due = std::max(due, pacer_.any_due());
  return std::min(due, hello_due_);
}

Time Tunnel::ack_due() const {
  if (turns_.in_use()) return receiver_->ack_pending() && !frame_ ? Time{} : kNever;
  const Time due = receiver_->ack_due();
  if (!frame_ || due == kNever || due == Time{}) return due;
  return due + std::max(kAckPatience, pacer_.time_for(kAckPatienceBytes));
}

/// When the next bytes of the open frame may go: bulk goes in slices, but for the first.
Time Tunnel::stream_due() const {
  if (frame_->record.tickets.back().length == 0) return Time{};
  const mux::Stream* const stream = streams_.find(frame_->stream);
  const bool bulk = stream != nullptr && stream->schedule.in_turns();
  return bulk ? pacer_.slice_due() : Time{};
}

Time Tunnel::data_due() const {
  if (frame_) return stream_due();
  if (scheduler_.empty() || sender_->full()) return kNever;
  if (scheduler_.has_sparse()) return Time{};
  // A frame that measures the latency waits until the line has run dry.
  const bool sample_first = pacer_.leaves() > pacer_.idle_sample_due();
  return sample_first ? std::max(pacer_.slice_due(), pacer_.leaves()) : pacer_.slice_due();
}

std::size_t Tunnel::drain(MutableByteView room, Time now) {
  const std::size_t count = std::min(room.size(), outbox_.size() - outbox_head_);
  if (count > 0) {
    std::copy_n(outbox_.begin() + static_cast<std::ptrdiff_t>(outbox_head_), count, room.begin());
    outbox_head_ += count;
    pacer_.handed(count, now);
  }
  if (outbox_head_ == outbox_.size()) {
    outbox_.clear();
    outbox_head_ = 0;
    if (leaving_frame_) {
      sender_->left(*leaving_frame_, pacer_.stamp(now));
      duplex_watch_.left(*leaving_frame_, pacer_.position());
      leaving_frame_.reset();
    }
    turns_.left(pacer_.position(), pacer_.leaves());
  }
  return count;
}

void Tunnel::emit(ByteView raw) {
  frame_->raw_size += raw.size();
  encoder_.append(frame_->guard.cover(raw, covered_), outbox_, wire::Coding::minimal);
}

mux::Stream* Tunnel::next_stream(Time now) {
  if (sender_->full()) return nullptr;
  while (mux::Stream* const stream = scheduler_.pick()) {
    drop_late_datagrams(*stream, now);
    if (!stream->has_data()) {
      scheduler_.deactivate(*stream);
      continue;
    }
    if (stream->schedule.in_turns()) {
      if (!pacer_.slice_allowed(now) || (pacer_.wants_idle_sample(now) && pacer_.leaves() > now))
        return nullptr;
    }
    load(*stream, now);
    return stream;
  }
  return nullptr;
}

void Tunnel::load_open_frame(Time now) {
  mux::Stream* const stream = streams_.find(frame_->stream);
  if (stream != nullptr && stream->has_data()) load(*stream, now);
}

bool Tunnel::compose_frame(Time now) {
  if (sender_->out_of_numbers()) return go_down(LinkDownReason::peer_silent, now), false;
  const bool over = turn_is_over(now);
  if (end_turn_without_frame(now)) return false;
  const mux::Stream* const next = over ? nullptr : next_stream(now);
  const bool control = !control_.empty() || !releases_.empty() || services_.has_next() ||
                       leaving_.has_next() || mending_waits();
  if (!control && !ping_wanted_ && ack_due() > now && next == nullptr && !turn_ends(now)) return false;
  begin_turn(now);
  std::array<Byte, kHeadRoom> buffer;
  base::Writer raw(buffer);
  const bool bulk = next != nullptr && next->schedule.in_turns();
  begin_frame(bulk ? Cargo::bulk : control || next != nullptr ? Cargo::some : Cargo::none, now);
  add_mending(raw);
  add_bytes_heard(raw, now);
  add_releases(raw);
  leaving_.write(raw, frame_->record.tickets);
  add_control(raw);
  add_services(raw);
  if (!over) add_data(raw, now);
  // In front of what is written so far, since a DATA chunk may run to the end of the frame.
  if (frame_->stream == StreamId{} && turn_ends(now)) hand_over(now);
  emit(raw.written());
  if (frame_->stream == StreamId{}) end_frame(now);
  return true;
}

FrameGuard Tunnel::guard(std::uint64_t number, ByteView header, Time now) {
  if (sealing_) return FrameGuard(sealing_->seal(number, sender_->acked(), header, now));
  return FrameGuard({session_, peer_, number}, header);
}

void Tunnel::begin_frame(Cargo cargo, Time now) {
  const Duration silent_for = silence(now);
  const link::Beginning beginning{silent_for, lead_in_.ends()};
  lead_in(now);
  pacer_.frame_begins(now);
  const std::uint64_t number = sender_->next_number();
  const bool sample = cargo == Cargo::bulk && pacer_.wants_idle_sample(now);
  const bool search = cargo == Cargo::bulk && pacer_.searching() && now - last_asked_ >= kSearchInterval;
  bool answer = ping_wanted_ || sample || search || asks_whether_it_arrives(cargo, silent_for);
  if (cargo == Cargo::none && ++acks_without_answer_ >= kAnswerEvery) answer = true;
  if (answer) {
    acks_without_answer_ = 0;
    last_asked_ = now;
  }
  ping_wanted_ = false;

  const wire::NumberForm form = wire::shortest_form(number, sender_->acked());
  std::array<Byte, kHeaderRoom> buffer;
  base::Writer header(buffer);
  wire::write_header({form, static_cast<std::uint32_t>(number), answer}, header);
  frame_.emplace(OpenFrame{.guard = guard(number, header.written(), now), .raw_size = header.size()});
  encoder_.append(header.written(), outbox_, wire::Coding::minimal);
  frame_->record.number = number;
  frame_->record.answer_at_once = answer;
  frame_->record.beginning = beginning;
  if (sample) pacer_.idle_sample_begins(now);
  frame_->budget = sample ? kSamplePayload : bulk_payload(number, now);
}

std::size_t Tunnel::bulk_payload(std::uint64_t number, Time now) const {
  const std::size_t most = sender_->frame_length().payload(pacer_.rate(), pacer_.searching());
  if (!pacer_.may_be_lumpy(now)) return most;
  return link::unlike_length(number, most, limits::kMaxFrame - kHeadRoom,
                             2 * pacer_.bytes_in(pacer_.jitter()));
}

void Tunnel::add_releases(base::Writer& raw) {
  while (!releases_.empty() && raw.size() < kControlRoom) {
    const Release release = releases_.front();
    releases_.pop_front();
    wire::write_chunk(wire::chunk::Release{release.index, release.generation}, raw);
    streams_.release_said(release.index);
    frame_->record.tickets.push_back({link::Ticket::Kind::release, {}, release.index, release.generation});
  }
}

void Tunnel::add_control(base::Writer& raw) {
  while (!control_.empty() && raw.size() < kControlRoom) {
    mux::Stream* const stream = streams_.find(control_.front());
    control_.pop_front();
    if (stream == nullptr) continue;
    stream->control_queued = false;
    if (stream->has_control()) add_stream_control(*stream, raw);
  }
  if (control_.empty()) control_urgent_ = false;
}

void Tunnel::add_services(base::Writer& raw) {
  // A frame that is to be answered measures the line, and for that it must be short.
  if (frame_->record.answer_at_once) return;
  while (services_.has_next() && raw.size() < kControlRoom) {
    const wire::chunk::Services part = services_.next();
    wire::write_chunk(part, raw);
    frame_->record.tickets.push_back({link::Ticket::Kind::services, {}, part.part, 0});
  }
}

void Tunnel::add_open_if_needed(mux::Stream& stream, base::Writer& raw) {
  if (stream.open != mux::Delivery::wanted && stream.open != mux::Delivery::under_way) return;
  // Once a frame is enough.
  const auto said = [&](const link::Ticket& t) {
    return t.kind == link::Ticket::Kind::open && t.stream == stream.key.id;
  };
  if (std::ranges::any_of(frame_->record.tickets, said)) return;
  const Purpose& purpose = stream.key.purpose;
  wire::write_chunk(wire::chunk::Open{stream.key.index, stream.key.generation, purpose.service, purpose.name,
                                      purpose.priority, purpose.kind},
                    raw);
  frame_->record.tickets.push_back({link::Ticket::Kind::open, stream.key.id, 0, 0});
  stream.open = mux::Delivery::under_way;
}

void Tunnel::add_stream_control(mux::Stream& stream, base::Writer& raw) {
  using Kind = link::Ticket::Kind;
  std::vector<link::Ticket>& tickets = frame_->record.tickets;
  add_open_if_needed(stream, raw);
  if (stream.reset == mux::Delivery::wanted) {
    wire::write_chunk(wire::chunk::Reset{stream.wire(), stream.reset_reason}, raw);
    tickets.push_back({Kind::reset, stream.key.id, 0, 0});
    stream.reset = mux::Delivery::under_way;
    return;
  }
  if (stream.stop == mux::Delivery::wanted) {
    wire::write_chunk(wire::chunk::Stop{stream.wire()}, raw);
    tickets.push_back({Kind::stop, stream.key.id, 0, 0});
    stream.stop = mux::Delivery::under_way;
  }
  if (stream.fin_can_be_said()) {
    wire::write_chunk(
        wire::chunk::Fin{stream.wire(), static_cast<std::uint32_t>(stream.send.end() & 0xFFFFFFU)}, raw);
    tickets.push_back({Kind::fin, stream.key.id, 0, 0});
    stream.send.set_fin(mux::Delivery::under_way);
  }
  if (stream.credit == mux::Delivery::wanted) {
    const std::uint64_t limit = stream.receive.give_credit() / wire::kCreditUnit;
    wire::write_chunk(wire::chunk::Credit{stream.wire(), static_cast<std::uint32_t>(limit & 0xFFFFU)}, raw);
    tickets.push_back({Kind::credit, stream.key.id, 0, 0});
    stream.credit = mux::Delivery::not_needed;
  }
}

void Tunnel::add_data(base::Writer& raw, Time now) {
  // A frame is delivered when it ends, so nothing less urgent is put behind what is urgent: that would wait
  // for all of it.
  const std::size_t short_data = somebody_types(now) ? kShortDataInHurry : kShortData;
  mux::Urgency least = frame_->record.tickets.empty() ? mux::Urgency::in_turns : mux::Urgency::sparse;
  while (raw.size() + kMostControl + kShortData < kHeadRoom) {
    mux::Stream* const stream = next_stream(now);
    if (stream == nullptr) return;
    const mux::Urgency urgency = mux::Scheduler::urgency(*stream);
    if (urgency > least) return;
    least = urgency;
    if (urgency == mux::Urgency::interactive) typed_ = now;
    if (urgency <= mux::Urgency::sparse) sparse_sent_ = now;
    const mux::Piece piece = stream->next(short_data + 1);
    const bool brief = piece.bytes.size() <= short_data;
    // Only the last chunk of a frame can do without a length, and only there can more bytes be added later.
    const bool followed =
        stream->needs_chunk_after(piece) && raw.size() + piece.bytes.size() < frame_->budget;
    const bool last = !brief || (scheduler_.only(*stream) && !followed);
    add_open_if_needed(*stream, raw);
    const DataEnd end = !brief ? DataEnd::open : last ? DataEnd::with_frame : DataEnd::counted;
    add_data_head(*stream, piece, end, raw);
    const auto kind = stream->datagrams ? link::Ticket::Kind::datagram : link::Ticket::Kind::data;
    frame_->record.tickets.push_back({kind, stream->key.id, piece.offset, 0});
    if (end == DataEnd::open) {
      frame_->stream = stream->key.id;
      frame_->next_offset = piece.offset;
      frame_->packing = piece.packing;
      frame_->datagram = piece.datagram;
      if (stream->datagrams) stream->datagrams->out.begin();
      frame_->budget = std::min(frame_->budget, limits::kMaxFrame - kTailRoom - raw.size());
      return;
    }
    for (const Byte byte : piece.bytes) raw.u8(byte);
    frame_->record.tickets.back().length = static_cast<std::uint32_t>(piece.bytes.size());
    piece_sent(*stream, piece.offset, piece.bytes.size(), mux::Scheduler::Of::new_chunk);
    if (last) return;
  }
}

void Tunnel::add_data_head(const mux::Stream& stream, const mux::Piece& piece, DataEnd end,
                           base::Writer& raw) {
  std::optional<wire::WireOffset> offset;
  if (!stream.datagrams) {
    const bool in_place = stream.send.peer_is_at(piece.offset);
    if (!in_place) offset = wire::truncate_offset(piece.offset, stream.send.spread() + kShortData);
  } else if (piece.begins != piece.bytes.size() || end == DataEnd::open) {
    offset = wire::long_offset(piece.offset);
  }
  std::optional<std::uint32_t> length;
  if (end == DataEnd::counted) length = static_cast<std::uint32_t>(piece.bytes.size());
  if (piece.packing == wire::Packing::packed) wire::write_packed_mark(raw);
  if (piece.begins) wire::write_datagram_mark(*piece.begins, raw);
  wire::write_data_head(stream.wire(), offset, length, raw);
}

void Tunnel::piece_sent(mux::Stream& stream, std::uint64_t offset, std::size_t length,
                        mux::Scheduler::Of of) {
  if (stream.datagrams) {
    if (stream.datagrams->out.sent(length)) ++stats_.datagrams_sent;
    if (stream.fin_can_be_said()) want_control(stream);
  } else {
    stream.send.sent(offset, length);
  }
  scheduler_.charge(stream, length, of);
  if (!stream.has_data()) scheduler_.deactivate(stream);
}

std::size_t Tunnel::stream_data(MutableByteView room, Time now) {
  mux::Stream& stream = *streams_.find(frame_->stream);
  const std::size_t most = std::min({frame_->budget, pacer_.allowance(now), left_of_turn(now)});
  const mux::Piece piece = stream.next(most);
  const wire::Encoder::Progress done = put_data(piece.bytes, room);
  frame_->raw_size += done.taken;
  frame_->budget -= done.taken;
  frame_->next_offset += done.taken;
  std::uint32_t& gone = frame_->record.tickets.back().length;
  const auto of = gone == 0 ? mux::Scheduler::Of::new_chunk : mux::Scheduler::Of::same_chunk;
  gone += static_cast<std::uint32_t>(done.taken);
  piece_sent(stream, piece.offset, done.taken, of);
  pacer_.handed(done.filled, now);
  return done.filled;
}

/// Puts as many of these bytes into the open frame as fit into the room, or a few more, which then wait in
/// the outbox.
wire::Encoder::Progress Tunnel::put_data(ByteView bytes, MutableByteView room) {
  if (!sealing_) {
    wire::Encoder::Progress done = encoder_.encode(bytes, room, wire::Coding::minimal);
    // Room for one byte only, and two are needed: they go through the outbox, which can be split. To end the
    // frame here could go on for ever, one empty frame after the other.
    if (done.taken == 0) {
      encoder_.append(bytes.first(1), outbox_, wire::Coding::minimal);
      done.taken = 1;
    }
    frame_->guard.cover(bytes.first(done.taken), {});
    return done;
  }
  // How much longer its coding is cannot be known before it is sealed, and then it is part of the frame.
  const ByteView sealed = frame_->guard.cover(bytes.first(std::min(bytes.size(), room.size())), covered_);
  const wire::Encoder::Progress done = encoder_.encode(sealed, room, wire::Coding::minimal);
  encoder_.append(sealed.subspan(done.taken), outbox_, wire::Coding::minimal);
  return {sealed.size(), done.filled};
}

bool Tunnel::frame_should_end(Time now) const {
  const mux::Stream* const stream = streams_.find(frame_->stream);
  if (stream == nullptr || !stream->has_data() || frame_->budget == 0) return true;
  // Since the last piece, something was acknowledged or found lost: what goes next is not what would continue
  // this chunk; nor is what is of another kind, or of another datagram.
  const mux::Piece next = stream->next(1);
  if (next.offset != frame_->next_offset || next.packing != frame_->packing) return true;
  if (next.datagram != frame_->datagram) return true;
  // Something at least, or two ends could interrupt each other for ever.
  if (frame_->record.tickets.back().length == 0) return false;
  if (turn_is_over(now)) return true;
  if (ping_wanted_ || control_urgent_ || mending_waits() || !releases_.empty() || ack_due() <= now)
    return true;
  return scheduler_.preempts(*stream);
}

void Tunnel::end_frame(Time now) {
  wire::FrameEnd end = wire::FrameEnd::plain;
  std::array<Byte, 64> buffer;
  base::Writer raw(buffer);
  // A damaged frame is not called missing before it is said what it may have been.
  if (receiver_->ack_pending() && !candidates_.has_untold()) {
    const link::Receiver::Made made = receiver_->make_ack(now);
    wire::write_ack(made.ack, raw);
    frame_->record.settles = made.settles;
    end = wire::FrameEnd::with_ack;
    emit(raw.written());
  }
  base::Writer check(buffer);
  frame_->guard.finish(end, check);
  const auto is_data = [](const link::Ticket& ticket) {
    return ticket.kind == link::Ticket::Kind::data || ticket.kind == link::Ticket::Kind::datagram;
  };
  if (std::ranges::all_of(frame_->record.tickets, is_data))
    frame_->record.fingerprint = frame_->guard.fingerprint(end);
  own_frames_.sent(check.written(), echo_comes_by(now));
  encoder_.append(check.written(), outbox_, wire::Coding::minimal);
  encoder_.append_end(end, outbox_);
  last_end_ = now;
  // A chunk whose stream turned out to have nothing is a chunk all the same.
  frame_->record.eliciting = !frame_->record.tickets.empty() || frame_->record.answer_at_once;
  frame_->record.wire_size = frame_->raw_size + guard_size() + 2;
  leaving_frame_ = frame_->record.number;
  const std::vector<link::Ticket> given_up = sender_->sent(std::move(frame_->record));
  ++stats_.frames_sent;
  frame_.reset();
  for (const link::Ticket& ticket : given_up) on_lost(ticket, now);
}

}  // namespace serialtcp::tunnel
