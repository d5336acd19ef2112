// The application's operations on streams of bytes, and when streams end.
#include <algorithm>

#include "base/check.h"
#include "tunnel/streams.h"

namespace serialtcp::tunnel {

using Application = mux::Stream::Application;
using State = mux::Stream::State;

namespace {

// A send buffer holds this much time of the line. More would only delay what an application writes after it.
constexpr double kSendBufferSeconds = 0.5;
// At least this, so that a driver's queue does not become empty between two turns of the application; less on
// slow lines, since the application believes sent what is pending here. But there must be space for two
// frames.
constexpr std::uint64_t kLeastSendBuffer = 16 * 1024;
constexpr std::uint64_t kLeastSendSeconds = 2;
// Bytes are held for a round trip, and until the ack arrives that covers them: another round trip, if acks
// come in lumps.
constexpr double kFarWindowShare = 2;
// Each process that a byte passes through may wait for the processor for a few milliseconds.
constexpr Duration kWokenInTurn = std::chrono::milliseconds(10);
// A stream of datagrams has so much of the line ahead, so that the line stays busy while the application is woken; more
// would only take from it the choice of what is sent next.
constexpr Duration kDatagramLead = std::chrono::milliseconds(15);
constexpr std::size_t kLeastDatagramLead = 32;
constexpr std::size_t kMostDatagramLead = limits::kDatagramQueue / 4;
// If content packs better than this, no more of it is held.
constexpr double kMostRatio = 8;

}  // namespace

std::size_t Streams::send_buffer_limit(const mux::Stream& stream) const {
  const double on_line = static_cast<double>(link_.pacer.rate()) * kSendBufferSeconds;
  const auto wanted = static_cast<std::size_t>(on_line * std::min(stream.send.ratio(), kMostRatio));
  if (send_held_ >= limits::kSendBufferSum) return limits::kSendBufferFloor;
  const auto least = static_cast<std::size_t>(std::clamp<std::uint64_t>(
      link_.pacer.rate() * kLeastSendSeconds, 2 * limits::kSendBufferFloor, kLeastSendBuffer));
  return std::clamp<std::size_t>(wanted, least, most_in_flight()) + far_window();
}

/// What a stream may have in flight on a near path: more on a line without a speed, where the processes between the ends
/// take longer to be woken than kSendBuffer takes.
std::size_t Streams::most_in_flight() const {
  const double in_turn = static_cast<double>(link_.pacer.rate()) * to_seconds(kWokenInTurn);
  const auto most = static_cast<double>(limits::kFarWindow);
  return std::max(limits::kSendBuffer, static_cast<std::size_t>(std::min(in_turn, most)));
}

/// What a stream may have in flight only because the other end is far.
std::size_t Streams::far_window() const {
  const Duration round_trip = link_.answer_time();
  if (round_trip <= limits::kNearRoundTrip) return 0;
  // With turns, the answer to a whole turn comes after it.
  const double share = link_.turns.in_use() ? 1 : kFarWindowShare;
  const double seconds = to_seconds(round_trip) * share;
  const double bytes = static_cast<double>(link_.pacer.rate()) * seconds;
  return static_cast<std::size_t>(std::min(bytes, static_cast<double>(limits::kFarWindow)));
}

std::expected<StreamId, StreamError> Streams::open(const Purpose& purpose, Time) {
  CHECK(purpose.name.empty() || is_service_name(purpose.name));
  if (link_.state != LinkState::up) return std::unexpected(StreamError::link_down);
  const std::size_t most = std::min(link_.config.max_streams, link_.peer.max_streams);
  mux::Stream* const stream =
      table_.create_local(purpose, {link_.peer.initial_credit, limits::kInitialCredit}, most);
  if (stream == nullptr) return std::unexpected(StreamError::too_many_streams);
  ++link_.stats.streams_opened;
  control_.want(*stream);
  return stream->key.id;
}

const Purpose* Streams::purpose(StreamId id) const {
  const mux::Stream* const stream = table_.find(id);
  return stream == nullptr || stream->abandoned() ? nullptr : &stream->key.purpose;
}

bool Streams::is_known_to_peer(StreamId id) const {
  const mux::Stream* const stream = table_.find(id);
  return stream != nullptr &&
         (stream->open == mux::Delivery::not_needed || stream->open == mux::Delivery::delivered);
}

std::size_t Streams::write_room(StreamId id) const {
  const mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned() || stream->send.is_shut()) return 0;
  if (stream->datagrams) return datagram_room(*stream);
  const std::size_t limit = send_buffer_limit(*stream);
  if (stream->drops_output()) return limit;
  return stream->send.held() >= limit ? 0 : limit - stream->send.held();
}

std::expected<std::size_t, StreamError> Streams::write(StreamId id, ByteView bytes, Time now) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return std::unexpected(StreamError::no_such_stream);
  if (stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  if (stream->send.is_shut()) return std::unexpected(StreamError::write_shut);
  if (stream->drops_output()) return bytes.size();
  const std::size_t count = std::min(bytes.size(), write_room(id));
  stream->write_blocked = count < bytes.size();
  if (count == 0) return 0;
  stream->send.write(bytes.first(count));
  send_held_ += count;
  want_data(*stream, now);
  return count;
}

std::expected<ReadResult, StreamError> Streams::read(StreamId id, MutableByteView into, Time now) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return std::unexpected(StreamError::no_such_stream);
  if (stream->datagrams) return std::unexpected(StreamError::wrong_kind);
  const mux::ReceiveHalf::Path path{link_.answer_time(), far_window(), link_.divides};
  ReadResult result;
  result.count = stream->receive.read(into, now, path);
  result.end = stream->receive.at_end();
  stream->readable_told = false;
  if (stream->on_wire() && stream->receive.credit_due()) {
    stream->credit = mux::Delivery::wanted;
    control_.want(*stream);
  }
  if (stream->application() == Application::reset_pending) {
    if (result.end || !stream->has_unread()) tell_reset(*stream);
  } else if (result.end) {
    if (stream->application() == Application::open) stream->move(Application::at_end);
    progress(*stream);
  }
  return result;
}

std::expected<void, StreamError> Streams::shut_write(StreamId id, Time) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return std::unexpected(StreamError::no_such_stream);
  if (stream->drops_output()) return {};
  if (stream->send.is_shut()) return std::unexpected(StreamError::write_shut);
  stream->send.shut();
  control_.want(*stream);
  return {};
}

void Streams::want_data(mux::Stream& stream, Time now) {
  if (stream.has_data()) scheduler_.activate(stream, link_.pacer.rate(), now);
}

bool Streams::bulk_comes() const {
  return link_.divides && !scheduler_.empty() && !scheduler_.has_sparse() && !link_.sender->full();
}

mux::Stream* Streams::find_on_wire(StreamId id) const {
  mux::Stream* const stream = table_.find(id);
  return stream != nullptr && stream->on_wire() ? stream : nullptr;
}

void Streams::add_to(Stats& stats) const {
  stats.streams_now = table_.size();
  const mux::Pools& pools = table_.pools();
  stats.datagrams_dropped += pools.partial_datagrams.dropped;
  stats.send_buffer_bytes = send_held_ + pools.datagrams_to_send.held();
  for (const auto& [id, stream] : table_.all()) stats.receive_buffer_bytes += stream->unread();
}

// ---- The fate of data ----

void Streams::data_sent(mux::Stream& stream, std::uint64_t offset, std::size_t length,
                        mux::Scheduler::Of of) {
  if (stream.datagrams) {
    if (stream.datagrams->out.sent(length)) ++link_.stats.datagrams_sent;
    if (stream.fin_can_be_said()) control_.want(stream);
    tell_writable(stream);
  } else {
    stream.send.sent(offset, length);
  }
  scheduler_.charge(stream, length, of);
  if (!stream.has_data()) scheduler_.deactivate(stream);
}

void Streams::data_delivered(mux::Stream& stream, std::uint64_t offset, std::size_t length) {
  if (stream.datagrams || stream.terminated() || stream.drops_output()) return;
  const std::size_t held = stream.send.held();
  stream.send.delivered(offset, length);
  send_held_ -= held - stream.send.held();
  tell_writable(stream);
}

void Streams::data_lost(mux::Stream& stream, std::uint64_t offset, std::size_t length, Time now) {
  if (stream.terminated()) return;
  if (stream.datagrams) return datagram_lost(stream, offset, length);
  if (stream.drops_output()) return;
  link_.stats.payload_bytes_resent += length;
  stream.send.lost(offset, length);
  want_data(stream, now);
}

void Streams::delivered(mux::Stream& stream) {
  if (stream.state() == State::ending && stream.all_delivered()) begin_reset(stream, stream.reset_reason);
  progress(stream);
}

// ---- Events ----

void Streams::tell_readable(mux::Stream& stream) {
  if (stream.abandoned() || stream.readable_told) return;
  stream.readable_told = true;
  link_.events.push(event::Readable{stream.key.id});
}

std::size_t Streams::datagram_room(const mux::Stream& stream) const {
  const double lead = static_cast<double>(link_.pacer.rate()) * to_seconds(kDatagramLead);
  const std::size_t most = std::clamp(static_cast<std::size_t>(std::min(lead, double{kMostDatagramLead})),
                                      kLeastDatagramLead, kMostDatagramLead);
  const std::size_t unsent = stream.datagrams->out.unsent();
  return unsent >= most ? 0 : most - unsent;
}

void Streams::tell_writable(mux::Stream& stream) {
  if (!stream.write_blocked || stream.abandoned() || write_room(stream.key.id) == 0) return;
  stream.write_blocked = false;
  link_.events.push(event::Writable{stream.key.id});
}

/// The state of the stream has changed: checks whether it is over on the line, for the application, or both.
void Streams::progress(mux::Stream& stream) {
  if (stream.on_wire() && stream.key.opener == mux::Opener::peer && stream.wire_finished()) {
    releases_.add(stream);
    table_.leave_wire(stream);
  }
  close_if_done(stream);
}

/// Destroys the stream if it is not needed any more; it must not be used afterwards.
void Streams::close_if_done(mux::Stream& stream) {
  if (stream.application() == Application::at_end && stream.send.finished()) {
    stream.move(Application::closed);
    link_.events.push(event::Closed{stream.key.id});
  }
  if (!stream.on_wire()) scheduler_.deactivate(stream);
  table_.collect(stream);
}

// ---- Packing ----

void Streams::agree_on_packing(const wire::Hello& hello) {
  mux::Pools& pools = table_.pools();
  const bool both = link_.config.compression == Compression::on && hello.unpacking;
  pools.packers.window_log =
      both ? std::min<unsigned>(hello.unpacking->window_log, limits::kPackWindowLog) : 0;
  pools.packers.most = both ? std::min<std::size_t>(hello.unpacking->runs, limits::kPackedRuns) : 0;
  pools.decompressors.window_log = link_.config.compression == Compression::on ? limits::kUnpackWindowLog : 0;
  pools.decompressors.most = limits::kPackedRuns;
}

void Streams::load(mux::Stream& stream, Time now) {
  mux::PackerPool& packers = table_.pools().packers;
  const mux::SendHalf::Loaded loaded = stream.send.load(link_.pacer.rate(), now, packers);
  if (loaded.content == 0) return;
  send_held_ = send_held_ + loaded.coded - loaded.content;
  link_.stats.payload_bytes_sent += loaded.content;
  if (loaded.packing == wire::Packing::packed) {
    link_.stats.packed_payload_bytes += loaded.content;
    link_.stats.packed_bytes_sent += loaded.coded;
    tell_writable(stream);
  }
  if (stream.fin_can_be_said()) control_.want(stream);
  if (packers.refused) end_idle_run(now);
}

/// Another stream needs to pack, and there is the maximum of packed runs: the least recently used one is
/// ended.
void Streams::end_idle_run(Time now) {
  table_.pools().packers.refused = false;
  mux::Stream* idlest = nullptr;
  for (const auto& [id, stream] : table_.all()) {
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
