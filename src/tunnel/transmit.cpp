// What is sent next, decided when the line can take it. docs/protocol.md, "What is sent next".
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// Payload of the short frame that measures the line's latency during bulk.
constexpr std::size_t kSamplePayload = 16;
// One in this many frames that carry only an ack requests an ack, so that their numbers are acknowledged.
constexpr unsigned kAnswerEvery = 16;
// While the line's rate is being searched for, acks are requested at this interval.
constexpr Duration kSearchInterval = 25ms;

}  // namespace

std::size_t Tunnel::transmit(MutableByteView room, Time now) {
  link_.pacer.hurry(data_.hurry(now));
  std::size_t filled = 0;
  while (filled < room.size()) {
    filled += drain(room.subspan(filled), now);
    if (!outbox_.empty() || filled == room.size() || climb_.is_silent()) break;
    if (!answer_.empty()) {
      append_ends(answer_lead_in());
      interject(std::exchange(answer_, {}), now);
      ++link_.stats.frames_sent;
      lead_in_wanted_ = false;
      last_end_ = now;
      continue;
    }
    if (hello_due_ <= now || goodbyes_left_ > 0) {
      const bool put_off = put_off_for_console(now) || put_off_beginning(PutOff::hello_begun, now);
      if (!put_off && !hello_would_collide(now)) compose_hello(now);
      continue;
    }
    if (link_.state != LinkState::up || link_.pacer.allowance(now) == 0) break;
    if (link_.turns.in_use() && !link_.turns.may_talk(now)) break;
    if (frame_) {
      data_.load_open(now);
      if (frame_should_end(now)) {
        end_frame(now);
        continue;
      }
      if (data_.due(During::open_frame) > now) break;
      if (frame_->part > 0 && frame_->part_left == 0) {
        put_part_check();
        continue;
      }
      filled += stream_data(room.subspan(filled), now);
      continue;
    }
    if (!compose_frame(now)) break;
  }
  if (filled < room.size() && !climb_.is_changing() && data_.waits_for_pacer(now)) {
    link_.pacer.bulk_waits();
  } else {
    link_.pacer.nothing_waits();
  }
  link_.stats.wire_bytes_sent += filled;
  return filled;
}

Time Tunnel::transmit_due() const {
  if (!outbox_.empty()) return Time{};
  if (climb_.is_silent()) return kNever;
  if (goodbyes_left_ > 0 || !answer_.empty()) return Time{};
  if (link_.state != LinkState::up) return hello_due_;
  const During during = frame_ ? During::open_frame : During::no_frame;
  Time due = climb_.is_alone() ? std::min(climb_.due(during), acks_.due(during)) : speakers_.due(during);
  due = turn_due(due);
  if (due != kNever) due = std::max(due, link_.pacer.any_due());
  return std::min(due, hello_due_);
}

std::size_t Tunnel::drain(MutableByteView room, Time now) {
  const std::size_t count = outbox_.take(room);
  if (count > 0) link_.pacer.handed(count, now);
  if (outbox_.empty()) {
    if (leaving_frame_) {
      link_.sender->left(*leaving_frame_, link_.pacer.stamp(now));
      duplex_watch_.left(*leaving_frame_, link_.pacer.position());
      leaving_frame_.reset();
    }
    link_.turns.left(link_.pacer.position(), link_.pacer.leaves());
    climb_.handed_all(link_.pacer.leaves());
  }
  return count;
}

void Tunnel::emit(ByteView raw) {
  frame_->raw_size += raw.size();
  encoder_.append(frame_->guard.cover(raw, covered_), outbox_.tail(), wire::Coding::minimal);
}

bool Tunnel::compose_frame(Time now) {
  if (link_.sender->out_of_numbers()) return go_down(LinkDownReason::peer_silent, now), false;
  if (end_turn_without_frame(now)) return false;
  if (climb_.is_alone()) return compose_climb(now);
  speakers_.prepare(now);
  if (!speakers_.ready(now) && !turn_ends(now)) return false;
  begin_turn(now);
  begin_frame(speakers_.cargo(now), now);
  std::array<Byte, kHeadRoom> buffer;
  base::Writer raw(buffer);
  FrameRoom room{*frame_, raw};
  speakers_.write(room, now);
  // Before what is written so far, since a DATA chunk may run to the end of the frame.
  if (frame_->stream == StreamId{} && turn_ends(now)) hand_over(now);
  emit(raw.written());
  if (frame_->stream == StreamId{}) end_frame(now);
  return true;
}

FrameGuard Tunnel::guard(std::uint64_t number, ByteView header, Time now) {
  if (sealing_) return FrameGuard(sealing_->seal(number, link_.sender->acked(), header, now));
  return FrameGuard({session_, link_.peer.session, number}, header);
}

void Tunnel::begin_frame(Cargo cargo, Time now) {
  const Duration silent_for = silence(now);
  const std::optional<link::Beginning> begins = beginning(silent_for);
  lead_in(now);
  link_.pacer.frame_begins(now);
  const std::uint64_t number = link_.sender->next_number();
  link_.divides = link_.may_divide(now);
  const bool sample = cargo == Cargo::bulk && link_.pacer.wants_idle_sample(now);
  const bool search = cargo == Cargo::bulk && link_.pacer.searching() && now - last_asked_ >= kSearchInterval;
  bool answer = ping_.take() || sample || search || asks_whether_it_arrives(cargo, silent_for);
  if (cargo == Cargo::none && ++acks_without_answer_ >= kAnswerEvery) answer = true;
  if (answer) {
    acks_without_answer_ = 0;
    last_asked_ = now;
  }

  const wire::NumberForm form = wire::shortest_form(number, link_.sender->acked());
  std::array<Byte, kHeaderRoom> buffer;
  base::Writer header(buffer);
  wire::write_header({form, static_cast<std::uint32_t>(number), answer}, header);
  frame_.emplace(OpenFrame{.guard = guard(number, header.written(), now), .raw_size = header.size()});
  encoder_.append(header.written(), outbox_.tail(), wire::Coding::minimal);
  frame_->record.number = number;
  frame_->record.answer_at_once = answer;
  frame_->record.beginning = begins;
  if (sample) link_.pacer.idle_sample_begins(now);
  frame_->budget = sample ? kSamplePayload : bulk_payload(number, now);
}

std::size_t Tunnel::bulk_payload(std::uint64_t number, Time now) const {
  const std::size_t most = link_.sender->frame_length().payload(link_.pacer.rate(), link_.pacer.searching());
  if (!link_.pacer.may_be_lumpy(now)) return most;
  return link::unlike_length(number, most, limits::kMaxFrame - kHeadRoom,
                             2 * link_.pacer.bytes_in(link_.pacer.jitter()));
}

/// The part is complete, and more of the chunk follows.
void Tunnel::put_part_check() {
  std::array<Byte, wire::kCheckSize> buffer;
  base::Writer check(buffer);
  frame_->guard.finish_part(check);
  emit(check.written());
  frame_->part_left = frame_->part;
}

std::size_t Tunnel::stream_data(MutableByteView room, Time now) {
  std::size_t most = std::min({frame_->budget, link_.pacer.allowance(now), left_of_turn(now)});
  if (frame_->part > 0) most = std::min(most, frame_->part_left);
  mux::Stream& stream = *streams_.find(frame_->stream);
  const mux::Piece piece = stream.next(most);
  const wire::Encoder::Progress done = put_data(piece.bytes, room);
  data_.sent(*frame_, stream, piece, done.taken);
  link_.pacer.handed(done.filled, now);
  return done.filled;
}

/// Puts as many of these bytes into the open frame as `room` can take, or a few more, which then wait in the
/// outbox.
wire::Encoder::Progress Tunnel::put_data(ByteView bytes, MutableByteView room) {
  if (!sealing_) {
    wire::Encoder::Progress done = encoder_.encode(bytes, room, wire::Coding::minimal);
    // There is space for one byte only, and two are needed: they go through the outbox, which can be split.
    // Ending the frame here could repeat for ever, one empty frame after the other.
    if (done.taken == 0) {
      encoder_.append(bytes.first(1), outbox_.tail(), wire::Coding::minimal);
      done.taken = 1;
    }
    frame_->guard.cover(bytes.first(done.taken), {});
    return done;
  }
  // How many bytes its coding adds is known only after it is sealed, and then it is part of the frame.
  const ByteView sealed = frame_->guard.cover(bytes.first(std::min(bytes.size(), room.size())), covered_);
  const wire::Encoder::Progress done = encoder_.encode(sealed, room, wire::Coding::minimal);
  encoder_.append(sealed.subspan(done.taken), outbox_.tail(), wire::Coding::minimal);
  return {sealed.size(), done.filled};
}

bool Tunnel::frame_should_end(Time now) const {
  if (data_.is_at_end()) return true;
  // At least one byte, or two ends could interrupt each other for ever.
  if (frame_->record.tickets.back().length == 0) return false;
  return data_.turn_is_over(now) || speakers_.interrupt(now);
}

void Tunnel::end_frame(Time now) {
  wire::FrameEnd end = wire::FrameEnd::plain;
  std::array<Byte, 64> buffer;
  base::Writer raw(buffer);
  // A damaged frame is not reported as missing before the guess about it is sent.
  if (link_.receiver->ack_pending() && !candidates_.has_untold()) {
    const link::Receiver::Made made = link_.receiver->make_ack(now);
    wire::write_ack(made.ack, raw);
    frame_->record.settles = made.settles;
    end = wire::FrameEnd::with_ack;
    emit(raw.written());
  }
  base::Writer check(buffer);
  frame_->guard.finish(end, check);
  if (data_.carries_only_this(*frame_)) frame_->record.fingerprint = frame_->guard.fingerprint(end);
  own_frames_.sent(check.written(), echo_comes_by(now));
  encoder_.append(check.written(), outbox_.tail(), wire::Coding::minimal);
  encoder_.append_end(end, outbox_.tail());
  last_end_ = now;
  // A chunk whose stream turned out to have no data is a chunk nevertheless.
  frame_->record.eliciting = !frame_->record.tickets.empty() || frame_->record.answer_at_once;
  frame_->record.wire_size = frame_->raw_size + guard_size() + 2;
  leaving_frame_ = frame_->record.number;
  const std::vector<link::Ticket> given_up = link_.sender->sent(std::move(frame_->record));
  ++link_.stats.frames_sent;
  frame_.reset();
  for (const link::Ticket& ticket : given_up) speakers_.lost(ticket, now);
}

}  // namespace serialtcp::tunnel
