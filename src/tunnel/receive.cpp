// From bytes of the line to what they mean. Noise is counted; a correct frame with contents that no correct
// peer sends ends the link.
#include <utility>

#include "base/check.h"
#include "tunnel/impl.h"

namespace serialtcp {

namespace {

constexpr std::size_t kEndSize = 2;  // of an end of frame on the wire

}  // namespace

void Endpoint::Impl::feed(ByteView bytes, Time now) {
  if (bytes.empty()) return;
  stats_.wire_bytes_received += bytes.size();
  last_fed_ = now;
  partial_told_ = false;
  if (state_ != LinkState::up) {
    note_unknown(bytes);
    put_off_beginning(PutOff::hello_heard, now);
  }
  while (const std::optional<line::Decoder::Found> found = decoder_.next(bytes)) on_found(*found, now);
}

void Endpoint::Impl::on_found(const line::Decoder::Found& found, Time now) {
  if (found.overlong) return on_damage(found.dropped, now);
  if (found.body.empty()) return;
  if (found.body.size() <= line::kCheckSize) return on_damage(found.body.size(), now);
  const bool good =
      found.body[0] == line::kHelloHeader ? on_hello_frame(found, now) : on_session_frame(found, now);
  if (good) return;
  consider_mending(found);
  on_damage(found.body.size(), now);
}

void Endpoint::Impl::on_damage(std::size_t bytes, Time now) {
  ++stats_.frames_damaged;
  stats_.junk_bytes += bytes;
  if (state_ == LinkState::up) receiver_->damaged(now);
}

bool Endpoint::Impl::on_hello_frame(const line::Decoder::Found& found, Time now) {
  const std::optional<line::Hello> hello = hello_of(found);
  if (!hello) return false;
  ++stats_.frames_received;
  on_hello(*hello, now);
  return true;
}

std::optional<Endpoint::Impl::HeardFrame> Endpoint::Impl::open_frame(const line::Decoder::Found& found,
                                                                     Time now) {
  base::Reader in(found.body);
  const std::optional<line::FrameHeader> header = line::read_header(in);
  if (!header || in.size() < guard_size() || state_ == LinkState::leaving) return std::nullopt;
  if (sealing_) return open_sealed(found, *header, in.rest(), now);
  if (state_ == LinkState::down) return std::nullopt;
  const std::uint64_t number = line::full_number(*header, receiver_->largest());
  line::CheckValue check(line::CheckContext{peer_, session_, number});
  check.add(found.body.first(found.body.size() - line::kCheckSize));
  base::Reader check_in(found.body.last(line::kCheckSize));
  if (check.finish(found.end) != check_in.little(line::kCheckSize)) return std::nullopt;
  return HeardFrame{number, *header, in.rest().first(in.size() - line::kCheckSize)};
}

bool Endpoint::Impl::on_session_frame(const line::Decoder::Found& found, Time now) {
  const std::optional<HeardFrame> frame = open_frame(found, now);
  if (!frame) return false;
  ++stats_.frames_received;
  unknown_bytes_ = unknown_text_ = 0;
  if (away_since_ != kNever && !line_away_) {
    away_since_ = kNever;
    sender_->wait_anew(now);
  }
  peer_heard_ = now;
  if (std::exchange(away_told_, false)) events_.push_of_line(event::Back{});
  // Its check value covers our session: the peer knows us.
  if (state_ == LinkState::heard) go_up(now);
  // The line does not reorder. Who does may not make an old ack or offset mean something else.
  const bool held_back = sealing_ && frame->number <= receiver_->largest();
  if (held_back || receiver_->seen(frame->number)) {
    ++stats_.frames_duplicate;
    return true;
  }
  ByteView body = frame->body;
  std::optional<line::Ack> ack;
  if (found.end == line::FrameEnd::with_ack) {
    ack = line::take_ack(body);
    if (!ack) return go_down(LinkDownReason::peer_broke_protocol, now), true;
  }
  if (!parse_body(body)) return go_down(LinkDownReason::peer_broke_protocol, now), true;
  receiver_->received({frame->number, found.body.size() + kEndSize, frame->header.form, !chunks_.empty(),
                       frame->header.answer_at_once},
                      now);
  hear_candidates();
  if (ack && !apply_ack(*ack, now)) return go_down(LinkDownReason::peer_broke_protocol, now), true;
  frame_at_hand_ = frame->number;
  for (const line::Chunk& chunk : chunks_) {
    if (!std::visit([&](const auto& value) { return apply(value, now); }, chunk)) {
      return go_down(LinkDownReason::peer_broke_protocol, now), true;
    }
  }
  candidates_.heard(frame->number, sender_->acked());
  if (std::exchange(peer_leaves_, false)) go_down(LinkDownReason::peer_left, now);
  return true;
}

bool Endpoint::Impl::parse_body(ByteView body) {
  chunks_.clear();
  base::Reader in(body);
  while (!in.empty()) {
    const std::optional<line::Chunk> chunk = line::read_chunk(in);
    if (!chunk) return false;
    chunks_.push_back(*chunk);
  }
  return true;
}

bool Endpoint::Impl::apply_ack(const line::Ack& ack, Time now) {
  link::Sender::Outcome outcome;
  if (sender_->acknowledge(ack, now, outcome)) return false;
  for (const base::Range& numbers : outcome.settled) receiver_->settled(numbers);
  settle(outcome, now);
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Data& data, Time) {
  mux::Stream* const stream = streams_.find(data.stream);
  // Of a stream that has ended: sent before the peer knew.
  if (stream == nullptr || stream->terminated() || stream->drops_input) return true;
  if (stream->datagrams) return apply_datagram(*stream, data);
  if (data.begins) return false;
  return take_data(*stream, place_of(data, *stream), data.bytes, data.packing);
}

std::uint64_t Endpoint::Impl::place_of(const line::chunk::Data& data, const mux::Stream& stream) {
  const std::uint64_t expected = stream.receive.next();
  return data.offset ? base::unwrap_nearest(data.offset->low, data.offset->bits, expected) : expected;
}

bool Endpoint::Impl::take_data(mux::Stream& stream, std::uint64_t offset, ByteView bytes,
                               line::Packing packing) {
  const std::uint64_t before = stream.receive.content();
  const bool was_at_end = stream.receive.at_end();
  if (stream.receive.receive(offset, bytes, packing)) return false;
  stats_.payload_bytes_received += stream.receive.content() - before;
  // The last bytes may be nothing but the end of a packed run.
  const bool reached_end = stream.receive.at_end() && !was_at_end;
  if (stream.receive.content() > before || reached_end) tell_readable(stream);
  progress(stream);
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Open& open, Time now) {
  if (open.index >= config_.max_streams) return false;
  if (streams_.was_opened(open.index, open.generation)) return true;
  if (!streams_.is_free(open.index)) return false;
  Purpose purpose(open.service);
  purpose.name = open.name;
  purpose.priority = open.priority;
  purpose.kind = open.kind;
  const mux::Stream* const stream = streams_.create_remote(open.index, open.generation, std::move(purpose),
                                                           {peer_initial_credit_, limits::kInitialCredit});
  ++stats_.streams_opened;
  if (!opens_.take(now)) return reset(stream->key.id, ResetReason::no_resources, now), true;
  events_.push(event::Opened{stream->key.id, open.service});
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Fin& fin, Time) {
  mux::Stream* const stream = streams_.find(fin.stream);
  if (stream == nullptr || stream->terminated() || stream->drops_input) return true;
  const std::uint64_t offset = base::unwrap_nearest(fin.offset_low24, 24, stream->receive.next());
  if (stream->datagrams && offset != 0) return false;
  if (stream->receive.end_at(offset)) return false;
  if (stream->datagrams) stream->datagrams->in.end();
  if (stream->receive.complete()) tell_readable(*stream);
  progress(*stream);
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Credit& credit, Time now) {
  mux::Stream* const stream = streams_.find(credit.stream);
  if (stream == nullptr || stream->terminated() || stream->drops_output) return true;
  const std::uint64_t units =
      base::unwrap_nearest(credit.limit_low16, 16, stream->send.limit() / line::kCreditUnit);
  if (stream->send.raise_limit(units * line::kCreditUnit)) want_data(*stream, now);
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Leave&, Time) {
  peer_leaves_ = true;
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Release& release, Time) {
  mux::Stream* const stream = streams_.find(line::WireStream{release.index, line::OpenedBy::receiver});
  if (stream == nullptr || stream->key.generation != release.generation) return true;
  if (!stream->may_be_released()) return false;
  const std::size_t held = stream->send.held();
  stream->released();
  send_held_ -= held - stream->send.held();
  streams_.leave_wire(*stream);
  close_if_done(*stream);
  return true;
}

bool Endpoint::Impl::apply(const line::chunk::Services& services, Time) {
  const ServiceExchange::Heard heard = services_.hear(services);
  if (heard == ServiceExchange::Heard::all) events_.push_of_line(event::PeerServices{});
  return heard != ServiceExchange::Heard::malformed;
}

}  // namespace serialtcp
