// The application's verbs on streams, and what becomes of streams as frames are delivered and lost.
#include <algorithm>

#include "base/check.h"
#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

namespace {

// A send buffer holds this long of the line's capacity. More would only delay what an application writes
// after it.
constexpr double kSendBufferSeconds = 0.5;
// At least this, so that a driver's queue does not run dry between two turns of the application; on slow lines
// less: what waits here, the application believes sent. But two frames have to find room.
constexpr std::uint64_t kLeastSendBuffer = 16 * 1024;
constexpr std::uint64_t kLeastSendSeconds = 2;
// Bytes are held for a round trip, and until the ack comes that covers them: in lumps, another one.
constexpr double kFarWindowShare = 2;
// Of content that packs better than this no more is held than of such.
constexpr double kMostRatio = 8;

}  // namespace

std::size_t Tunnel::send_buffer_limit(const mux::Stream& stream) const {
  const double on_line = static_cast<double>(pacer_.rate()) * kSendBufferSeconds;
  const auto wanted = static_cast<std::size_t>(on_line * std::min(stream.send.ratio(), kMostRatio));
  if (send_held_ >= limits::kSendBufferSum) return limits::kSendBufferFloor;
  const auto least =
      std::clamp(pacer_.rate() * kLeastSendSeconds, 2 * limits::kSendBufferFloor, kLeastSendBuffer);
  return std::clamp<std::size_t>(wanted, least, limits::kSendBuffer) + far_window();
}

/// Measured times only: a guess would make windows larger than they need be.
Duration Tunnel::answer_time() const {
  const Duration turn = turns_.in_use() ? turns_.longest_turn() : Duration{};
  return sender_ && sender_->rtt().measured() ? std::max(sender_->longest_wait(), turn) : Duration{};
}

/// What a stream may have under way for no other reason than that the other end is far.
std::size_t Tunnel::far_window() const {
  const Duration round_trip = answer_time();
  if (round_trip <= limits::kNearRoundTrip) return 0;
  // In turns, an answer to all of a turn comes behind it.
  const double share = turns_.in_use() ? 1 : kFarWindowShare;
  const double seconds = to_seconds(round_trip) * share;
  const double bytes = static_cast<double>(pacer_.rate()) * seconds;
  return static_cast<std::size_t>(std::min(bytes, static_cast<double>(limits::kFarWindow)));
}

std::expected<StreamId, StreamError> Tunnel::open(const Purpose& purpose, Time) {
  CHECK(purpose.name.empty() || is_service_name(purpose.name));
  if (state_ != LinkState::up) return std::unexpected(StreamError::link_down);
  const std::size_t most = std::min(config_.max_streams, peer_max_streams_);
  mux::Stream* const stream =
      streams_.create_local(purpose, {peer_initial_credit_, limits::kInitialCredit}, most);
  if (stream == nullptr) return std::unexpected(StreamError::too_many_streams);
  ++stats_.streams_opened;
  want_control(*stream);
  return stream->key.id;
}

const Purpose* Tunnel::purpose(StreamId id) const {
  const mux::Stream* const stream = streams_.find(id);
  return stream == nullptr || stream->abandoned ? nullptr : &stream->key.purpose;
}

bool Tunnel::is_known_to_peer(StreamId id) const {
  const mux::Stream* const stream = streams_.find(id);
  return stream != nullptr &&
         (stream->open == mux::Delivery::not_needed || stream->open == mux::Delivery::delivered);
}

std::size_t Tunnel::write_room(StreamId id) const {
  const mux::Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->abandoned || stream->send.is_shut() || stream->datagrams) return 0;
  const std::size_t limit = send_buffer_limit(*stream);
  if (stream->drops_output) return limit;
  return stream->send.held() >= limit ? 0 : limit - stream->send.held();
}

std::expected<std::size_t, StreamError> Tunnel::write(StreamId id, ByteView bytes, Time now) {
  mux::Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  if (stream->send.is_shut()) return std::unexpected(StreamError::write_shut);
  if (stream->drops_output) return bytes.size();
  const std::size_t count = std::min(bytes.size(), write_room(id));
  stream->write_blocked = count < bytes.size();
  if (count == 0) return 0;
  stream->send.write(bytes.first(count));
  send_held_ += count;
  want_data(*stream, now);
  return count;
}

std::expected<ReadResult, StreamError> Tunnel::read(StreamId id, MutableByteView into, Time now) {
  mux::Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  const mux::ReceiveHalf::Path path{answer_time(), far_window()};
  ReadResult result;
  result.count = stream->receive.read(into, now, path);
  result.end = stream->receive.at_end();
  stream->readable_told = false;
  if (stream->on_wire && stream->receive.credit_due()) {
    stream->credit = mux::Delivery::wanted;
    want_control(*stream);
  }
  if (result.end) stream->end_read = true;
  if (stream->reset_heard && !stream->has_unread()) {
    tell_reset(*stream);
  } else if (result.end) {
    progress(*stream);
  }
  return result;
}

std::expected<void, StreamError> Tunnel::shut_write(StreamId id, Time) {
  mux::Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (stream->drops_output) return {};
  if (stream->send.is_shut()) return std::unexpected(StreamError::write_shut);
  stream->send.shut();
  want_control(*stream);
  return {};
}

void Tunnel::want_control(mux::Stream& stream) {
  if (stream.has_urgent_control()) control_urgent_ = true;
  if (stream.control_queued || !stream.has_control()) return;
  stream.control_queued = true;
  control_.push_back(stream.key.id);
}

void Tunnel::want_data(mux::Stream& stream, Time now) {
  if (stream.has_data()) scheduler_.activate(stream, pacer_.rate(), now);
}

void Tunnel::tell_readable(mux::Stream& stream) {
  if (stream.abandoned || stream.readable_told) return;
  stream.readable_told = true;
  events_.push(event::Readable{stream.key.id});
}

void Tunnel::tell_writable(mux::Stream& stream) {
  if (!stream.write_blocked || stream.abandoned || write_room(stream.key.id) == 0) return;
  stream.write_blocked = false;
  events_.push(event::Writable{stream.key.id});
}

void Tunnel::settle(const link::Sender::Outcome& outcome, Time now) {
  for (const link::Beginning& beginning : outcome.beginnings_delivered) lead_in_.delivered(beginning);
  for (const link::Beginning& beginning : outcome.beginnings_lost) lead_in_.lost(beginning);
  for (const link::Ticket& ticket : outcome.delivered) on_delivered(ticket, now);
  for (const link::Ticket& ticket : outcome.lost) on_lost(ticket, now);
}

void Tunnel::on_delivered(const link::Ticket& ticket, Time now) {
  using Kind = link::Ticket::Kind;
  if (ticket.kind == Kind::confirmed) {
    return settle(sender_->confirmation_settled(ticket.offset, link::Sender::Fate::delivered), now);
  }
  mux::Stream* const stream = streams_.find(ticket.stream);
  if (stream == nullptr || !stream->on_wire) return;
  switch (ticket.kind) {
    case Kind::open:
      stream->open = mux::Delivery::delivered;
      break;
    case Kind::data: {
      if (stream->terminated() || stream->drops_output) break;
      const std::size_t held = stream->send.held();
      stream->send.delivered(ticket.offset, ticket.length);
      send_held_ -= held - stream->send.held();
      tell_writable(*stream);
      break;
    }
    case Kind::fin:
      if (!stream->terminated() && !stream->drops_output) stream->send.set_fin(mux::Delivery::delivered);
      break;
    case Kind::reset:
      stream->reset = mux::Delivery::delivered;
      break;
    case Kind::stop:
    case Kind::datagram:
    case Kind::credit:
    case Kind::release:
    case Kind::services:
    case Kind::leaving:
    case Kind::left:
    case Kind::candidate:
    case Kind::confirmed:
      break;
  }
  end_if_delivered(*stream);
  progress(*stream);
}

void Tunnel::on_lost(const link::Ticket& ticket, Time now) {
  using Kind = link::Ticket::Kind;
  if (ticket.kind == Kind::release) {
    releases_.push_back(
        {static_cast<std::uint32_t>(ticket.offset), static_cast<std::uint8_t>(ticket.length)});
    return;
  }
  if (ticket.kind == Kind::services) return services_.lost(static_cast<std::uint8_t>(ticket.offset));
  if (ticket.kind == Kind::leaving || ticket.kind == Kind::left) return leaving_.lost(ticket.kind);
  if (ticket.kind == Kind::confirmed) {
    return settle(sender_->confirmation_settled(ticket.offset, link::Sender::Fate::lost), now);
  }
  mux::Stream* const stream = streams_.find(ticket.stream);
  if (stream == nullptr || !stream->on_wire) return;
  const auto again = [](mux::Delivery& delivery) {
    if (delivery == mux::Delivery::under_way) delivery = mux::Delivery::wanted;
  };
  switch (ticket.kind) {
    case Kind::open:
      again(stream->open);
      break;
    case Kind::data:
      if (stream->terminated() || stream->drops_output) return;
      stats_.payload_bytes_resent += ticket.length;
      stream->send.lost(ticket.offset, ticket.length);
      want_data(*stream, now);
      return;
    case Kind::datagram:
      if (!stream->terminated()) on_datagram_lost(*stream, ticket);
      return;
    case Kind::fin:
      if (!stream->terminated() && stream->send.fin() == mux::Delivery::under_way) {
        stream->send.set_fin(mux::Delivery::wanted);
      }
      break;
    case Kind::reset:
      again(stream->reset);
      break;
    case Kind::stop:
      again(stream->stop);
      break;
    case Kind::credit:
      stream->credit = mux::Delivery::wanted;
      break;
    case Kind::release:
    case Kind::services:
    case Kind::leaving:
    case Kind::left:
    case Kind::candidate:
    case Kind::confirmed:
      break;
  }
  want_control(*stream);
}

/// Something about the stream has moved: is it over, for the wire, for the application, for both?
void Tunnel::progress(mux::Stream& stream) {
  if (stream.on_wire && stream.key.opener == mux::Opener::peer && stream.wire_finished()) {
    releases_.push_back({stream.key.index, stream.key.generation});
    streams_.leave_wire(stream);
  }
  close_if_done(stream);
}

/// Destroys the stream if nobody needs it any more; it must not be touched afterwards.
void Tunnel::close_if_done(mux::Stream& stream) {
  if (!stream.abandoned && stream.send.finished() && stream.end_read) {
    stream.abandoned = true;
    events_.push(event::Closed{stream.key.id});
  }
  if (!stream.on_wire) scheduler_.deactivate(stream);
  streams_.collect(stream);
}

// ---- Packing ----

void Tunnel::agree_on_packing(const wire::Hello& hello) {
  mux::Pools& pools = streams_.pools();
  const bool both = config_.compression == Compression::on && hello.unpacking;
  pools.packers.window_log =
      both ? std::min<unsigned>(hello.unpacking->window_log, limits::kPackWindowLog) : 0;
  pools.packers.most = both ? std::min<std::size_t>(hello.unpacking->runs, limits::kPackedRuns) : 0;
  pools.decompressors.window_log = config_.compression == Compression::on ? limits::kUnpackWindowLog : 0;
  pools.decompressors.most = limits::kPackedRuns;
}

void Tunnel::load(mux::Stream& stream, Time now) {
  mux::PackerPool& packers = streams_.pools().packers;
  const mux::SendHalf::Loaded loaded = stream.send.load(pacer_.rate(), now, packers);
  if (loaded.content == 0) return;
  send_held_ = send_held_ + loaded.coded - loaded.content;
  stats_.payload_bytes_sent += loaded.content;
  if (loaded.packing == wire::Packing::packed) {
    stats_.packed_payload_bytes += loaded.content;
    stats_.packed_bytes_sent += loaded.coded;
    tell_writable(stream);
  }
  if (stream.fin_can_be_said()) want_control(stream);
  if (packers.refused) end_idle_run(now);
}

/// Another stream wants to pack, and there are as many packed runs as there may be: the idlest gives up its
/// own.
void Tunnel::end_idle_run(Time now) {
  streams_.pools().packers.refused = false;
  mux::Stream* idlest = nullptr;
  for (const auto& [id, stream] : streams_.all()) {
    if (!stream->send.in_packed_run() || now - stream->send.last_packed() < limits::kPackIdle) continue;
    if (idlest == nullptr || stream->send.last_packed() < idlest->send.last_packed()) idlest = stream.get();
  }
  if (idlest == nullptr) return;
  const std::size_t held = idlest->send.held();
  idlest->send.end_packed_run();
  send_held_ += idlest->send.held() - held;
  want_data(*idlest, now);
}

}  // namespace serialtcp::tunnel
