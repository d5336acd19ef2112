// Streams of datagrams: their operations, and the differences from streams of bytes. docs/protocol.md,
// "Datagrams".
#include "tunnel/streams.h"

namespace serialtcp::tunnel {

using Application = mux::Stream::Application;

std::expected<DatagramFate, StreamError> Streams::send_datagram(StreamId id, ByteView datagram,
                                                                Duration patience, Time now) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return std::unexpected(StreamError::no_such_stream);
  if (!stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  if (stream->send.is_shut()) return std::unexpected(StreamError::write_shut);
  if (datagram.size() > limits::kMaxDatagram) return std::unexpected(StreamError::too_long);
  drop_late_datagrams(*stream, now);
  const Time late = patience < kNever - now ? now + patience : kNever;
  if (!stream->datagrams->out.push(datagram, late)) {
    ++link_.stats.datagrams_dropped;
    stream->write_blocked = write_room(id) == 0;
    return DatagramFate::dropped;
  }
  stream->write_blocked = write_room(id) == 0;
  want_data(*stream, now);
  return DatagramFate::waits;
}

std::expected<DatagramReadResult, StreamError> Streams::read_datagram(StreamId id, Time) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return std::unexpected(StreamError::no_such_stream);
  if (!stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  DatagramReadResult result{stream->datagrams->in.read(), stream->at_end()};
  stream->readable_told = false;
  if (result.end) {
    if (stream->application() == Application::open) stream->move(Application::at_end);
    progress(*stream);
  }
  return result;
}

/// Returns false for a protocol violation.
bool Streams::apply_datagram(mux::Stream& stream, const wire::chunk::Data& data, std::uint64_t in_frame) {
  using Outcome = mux::DatagramReceiver::Outcome;
  if (stream.receive.complete()) return true;
  switch (stream.datagrams->in.receive(data, in_frame)) {
    case Outcome::nothing:
      return true;
    case Outcome::whole:
      ++link_.stats.datagrams_received;
      tell_readable(stream);
      return true;
    case Outcome::no_room:
      ++link_.stats.datagrams_dropped;
      return true;
    case Outcome::breach:
      return false;
  }
  return false;
}

void Streams::drop_late_datagrams(mux::Stream& stream, Time now) {
  if (!stream.datagrams) return;
  link_.stats.datagrams_dropped += stream.datagrams->out.expire(now);
  if (stream.fin_can_be_said()) control_.want(stream);
  tell_writable(stream);
}

/// Lost pieces are not retransmitted, and the pieces that would follow are useless.
void Streams::datagram_lost(mux::Stream& stream, std::uint64_t offset, std::size_t length) {
  if (!stream.datagrams->out.lost(offset, static_cast<std::uint32_t>(length))) return;
  ++link_.stats.datagrams_dropped;
  if (stream.fin_can_be_said()) control_.want(stream);
  tell_writable(stream);
}

/// The line is away: the rest of a datagram that has begun would arrive at an unknown time.
void Streams::interrupt_datagrams() {
  for (const auto& [id, stream] : table_.all()) {
    if (!stream->datagrams || !stream->datagrams->out.interrupt()) continue;
    ++link_.stats.datagrams_dropped;
    if (stream->fin_can_be_said()) control_.want(*stream);
    tell_writable(*stream);
  }
}

}  // namespace serialtcp::tunnel
