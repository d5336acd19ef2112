// What the peer sends about streams. A protocol violation in a correct frame ends the link.
#include <utility>

#include "tunnel/streams.h"
#include "wire/parts.h"

namespace serialtcp::tunnel {

bool Streams::apply(const wire::chunk::Data& data, std::uint64_t in_frame) {
  mux::Stream* const stream = table_.find(data.stream);
  // For a stream that has ended: it was sent before the peer knew.
  if (stream == nullptr || stream->terminated() || stream->drops_input) return true;
  if (stream->datagrams) return apply_datagram(*stream, data, in_frame);
  if (data.begins || !wire::are_parts(data)) return false;
  const std::uint64_t begin = place_of(data, *stream);
  return wire::each_part(data, [&](std::size_t place, ByteView bytes) {
    return take_data(*stream, begin + place, bytes, data.packing);
  });
}

bool Streams::apply_part(const wire::chunk::Data& data, std::size_t place, ByteView bytes) {
  mux::Stream* const stream = table_.find(data.stream);
  if (stream == nullptr || stream->terminated() || stream->drops_input || stream->datagrams) return true;
  return take_data(*stream, place_of(data, *stream) + place, bytes, data.packing);
}

std::uint64_t Streams::place_of(const wire::chunk::Data& data, const mux::Stream& stream) {
  const std::uint64_t expected = stream.receive.next();
  return data.offset ? base::unwrap_nearest(data.offset->low, data.offset->bits, expected) : expected;
}

bool Streams::take_data(mux::Stream& stream, std::uint64_t offset, ByteView bytes, wire::Packing packing) {
  const std::uint64_t before = stream.receive.content();
  const bool was_at_end = stream.receive.at_end();
  if (stream.receive.receive(offset, bytes, packing)) return false;
  link_.stats.payload_bytes_received += stream.receive.content() - before;
  // The last bytes may be only the end of a packed run.
  const bool reached_end = stream.receive.at_end() && !was_at_end;
  if (stream.receive.content() > before || reached_end) tell_readable(stream);
  progress(stream);
  return true;
}

bool Streams::apply(const wire::chunk::Open& open, Time now) {
  if (open.index >= link_.config.max_streams) return false;
  if (table_.was_opened(open.index, open.generation)) return true;
  if (!table_.is_free(open.index)) return false;
  Purpose purpose(open.service);
  purpose.name = open.name;
  purpose.priority = open.priority;
  purpose.kind = open.kind;
  const mux::Stream* const stream = table_.create_remote(open.index, open.generation, std::move(purpose),
                                                         {link_.peer.initial_credit, limits::kInitialCredit});
  ++link_.stats.streams_opened;
  if (!opens_.try_take(now)) return reset(stream->key.id, ResetReason::no_resources, now), true;
  link_.events.push(event::Opened{stream->key.id, open.service});
  return true;
}

bool Streams::apply(const wire::chunk::Fin& fin) {
  mux::Stream* const stream = table_.find(fin.stream);
  if (stream == nullptr || stream->terminated() || stream->drops_input) return true;
  const std::uint64_t offset = base::unwrap_nearest(fin.offset_low24, 24, stream->receive.next());
  if (stream->datagrams && offset != 0) return false;
  if (stream->receive.end_at(offset)) return false;
  if (stream->datagrams) stream->datagrams->in.end();
  if (stream->receive.complete()) tell_readable(*stream);
  progress(*stream);
  return true;
}

bool Streams::apply(const wire::chunk::Credit& credit, Time now) {
  mux::Stream* const stream = table_.find(credit.stream);
  if (stream == nullptr || stream->terminated() || stream->drops_output()) return true;
  const std::uint64_t units =
      base::unwrap_nearest(credit.limit_low16, 16, stream->send.limit() / wire::kCreditUnit);
  if (stream->send.raise_limit(units * wire::kCreditUnit)) want_data(*stream, now);
  return true;
}

bool Streams::apply(const wire::chunk::Release& release) {
  mux::Stream* const stream = table_.find(wire::WireStream{release.index, wire::OpenedBy::receiver});
  if (stream == nullptr || stream->key.generation != release.generation) return true;
  if (!stream->may_be_released()) return false;
  const std::size_t held = stream->send.held();
  stream->released();
  send_held_ -= held - stream->send.held();
  table_.leave_wire(*stream);
  close_if_done(*stream);
  return true;
}

}  // namespace serialtcp::tunnel
