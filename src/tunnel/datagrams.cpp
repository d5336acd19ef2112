// Streams of datagrams: their verbs, and where they differ from streams of bytes. docs/protocol.md,
// "Datagrams".
#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

std::expected<DatagramFate, StreamError> Tunnel::send_datagram(StreamId id, ByteView datagram,
                                                               Duration patience, Time now) {
  mux::Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (!stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  if (stream->send.is_shut()) return std::unexpected(StreamError::write_shut);
  if (datagram.size() > limits::kMaxDatagram) return std::unexpected(StreamError::too_long);
  drop_late_datagrams(*stream, now);
  const Time late = patience < kNever - now ? now + patience : kNever;
  if (!stream->datagrams->out.push(datagram, late)) {
    ++stats_.datagrams_dropped;
    return DatagramFate::dropped;
  }
  want_data(*stream, now);
  return DatagramFate::waits;
}

std::expected<DatagramReadResult, StreamError> Tunnel::read_datagram(StreamId id, Time) {
  mux::Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (!stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  DatagramReadResult result{stream->datagrams->in.read(), stream->at_end()};
  stream->readable_told = false;
  if (result.end) {
    stream->end_read = true;
    progress(*stream);
  }
  return result;
}

/// Returns whether a correct peer may have said this.
bool Tunnel::apply_datagram(mux::Stream& stream, const wire::chunk::Data& data) {
  using Outcome = mux::DatagramReceiver::Outcome;
  if (stream.receive.complete()) return true;
  switch (stream.datagrams->in.receive(data, frame_at_hand_)) {
    case Outcome::nothing:
      return true;
    case Outcome::whole:
      ++stats_.datagrams_received;
      tell_readable(stream);
      return true;
    case Outcome::no_room:
      ++stats_.datagrams_dropped;
      return true;
    case Outcome::breach:
      return false;
  }
  return false;
}

void Tunnel::drop_late_datagrams(mux::Stream& stream, Time now) {
  if (!stream.datagrams) return;
  stats_.datagrams_dropped += stream.datagrams->out.expire(now);
  if (stream.fin_can_be_said()) want_control(stream);
}

/// What is lost is not sent again. What would follow it is of no use to anybody.
void Tunnel::on_datagram_lost(mux::Stream& stream, const link::Ticket& ticket) {
  if (!stream.datagrams->out.lost(ticket.offset, ticket.length)) return;
  ++stats_.datagrams_dropped;
  if (stream.fin_can_be_said()) want_control(stream);
}

/// The line has gone: the rest of what has begun would come who knows when.
void Tunnel::interrupt_datagrams() {
  for (const auto& [id, stream] : streams_.all()) {
    if (!stream->datagrams || !stream->datagrams->out.interrupt()) continue;
    ++stats_.datagrams_dropped;
    if (stream->fin_can_be_said()) want_control(*stream);
  }
}

}  // namespace serialtcp::tunnel
