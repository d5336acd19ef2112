// The streams of a session: the operations of the application, and how streams end.
#include <algorithm>

#include "base/byte_runs.h"
#include "legacy/session.h"

namespace serialtcp::legacy {

const Session::Stream* Session::find(StreamId id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

Session::Stream* Session::find(StreamId id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

std::expected<StreamId, StreamError> Session::open(const Purpose& purpose, Time now) {
  if (!up_) return std::unexpected(StreamError::link_down);
  if (!purpose.name.empty() || purpose.service != ServiceId{}) return std::unexpected(StreamError::no_names);
  if (purpose.kind != StreamKind::bytes) return std::unexpected(StreamError::no_datagrams);
  if (waiting_.size() >= limits::kLegacyWaiting) return std::unexpected(StreamError::too_many_streams);
  const StreamId id{++last_serial_ | kStreamBit};
  streams_.emplace(id, Stream{.id = id});
  ++stats_.streams_opened;
  waiting_.push_back(id);
  next_connection(now);
  return id;
}

const Purpose* Session::purpose(StreamId id) const {
  static const Purpose kDefault;
  return find(id) != nullptr ? &kDefault : nullptr;
}

void Session::connected(StreamId id, Time now) {
  if (state_ != State::connecting || active_ != id || config_.role != Role::client) return;
  append_code(code::kConnected, outbox_.tail());
  start_relaying(now);
}

std::size_t Session::write_room(StreamId id) const {
  const Stream* const stream = find(id);
  if (stream == nullptr || stream->shut || stream->abandoned) return 0;
  // What is written after the end of the connection on the line is discarded, as by a closed socket.
  const bool gone = stream->over || (active_ != id && receiving_ == id);
  const std::size_t limit = active_ == id ? limits::kLegacySendBuffer : limits::kSendBufferFloor;
  return gone ? 0 : limit - std::min(limit, stream->out.size());
}

std::expected<std::size_t, StreamError> Session::write(StreamId id, ByteView bytes, Time) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (stream->shut) return std::unexpected(StreamError::write_shut);
  const std::size_t count = std::min(bytes.size(), write_room(id));
  stream->write_blocked = count < bytes.size();
  stream->out.append(bytes.first(count));
  return count;
}

std::expected<ReadResult, StreamError> Session::read(StreamId id, MutableByteView into, Time) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  stream->readable_told = false;
  const ByteView bytes = stream->in.view(stream->in.begin(), into.size());
  base::copy_bytes(bytes, into);
  ReadResult result{bytes.size(), false};
  stream->in.drop_below(stream->in.begin() + result.count);
  if (!stream->over || stream->in.size() > 0) return result;
  if (const auto reason = stream->reset_heard) {
    streams_.erase(id);
    events_.push(event::Reset{id, *reason});
    return result;
  }
  result.end = true;
  streams_.erase(id);
  events_.push(event::Closed{id});
  return result;
}

std::expected<void, StreamError> Session::shut_write(StreamId id, Time now) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->abandoned) return std::unexpected(StreamError::no_such_stream);
  if (stream->shut) return std::unexpected(StreamError::write_shut);
  stream->shut = true;
  if (active_ == id) end_if_all_sent(now);
  return {};
}

void Session::stop_reading(StreamId id, Time) {
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  stream->drops_input = true;
  stream->in.drop_below(stream->in.end());
}

void Session::reset_in_order(StreamId id, ResetReason reason, Time now) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->abandoned) return;
  const bool goes_on = active_ == id || std::ranges::find(waiting_, id) != waiting_.end();
  // An established connection can only end with D, and the data before it counts.
  if (stream->out.size() == 0 || !goes_on || stream->over) return reset(id, reason, now);
  ++stats_.streams_reset;
  stop_reading(id, now);
  stream->abandoned = true;
  stream->shut = true;
}

/// The stream has ended on the line, and the application has given it up.
void Session::erase_if_abandoned(StreamId id) {
  const Stream* const stream = find(id);
  if (stream != nullptr && stream->abandoned) streams_.erase(id);
}

Undelivered Session::undelivered() const {
  Undelivered sum;
  if (up_ && state_ != State::syncing) sum.to_peer += outbox_.size();
  for (const auto& [id, stream] : streams_) {
    if (active_ == id || std::ranges::find(waiting_, id) != waiting_.end()) sum.to_peer += stream.out.size();
    sum.to_application += stream.in.size();
    if (stream.over && !stream.abandoned) ++sum.to_application;
  }
  return sum;
}

void Session::reset(StreamId id, ResetReason, Time now) {
  const Stream* const stream = find(id);
  if (stream == nullptr || stream->abandoned) return;
  ++stats_.streams_reset;
  const bool has_line = active_ == id;
  const State before = state_;
  if (has_line) active_.reset();
  if (receiving_ == id) receiving_.reset();
  std::erase(waiting_, id);
  streams_.erase(id);
  if (!has_line) return;
  const bool target_failed = before == State::connecting && config_.role == Role::client;
  append_code(target_failed ? code::kFailed : code::kDisconnect, outbox_.tail());
  synchronise(now);
}

/// Ends a stream and notifies the application.
void Session::forget(StreamId id, ResetReason reason) {
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  if (active_ == id) active_.reset();
  if (receiving_ == id) receiving_.reset();
  std::erase(waiting_, id);
  std::erase(unread_, id);
  const bool known = !stream->abandoned;
  if (known) ++stats_.streams_reset;
  if (known && keep_until_read(*stream, reason)) return limit_unread();
  streams_.erase(id);
  if (known) events_.push(event::Reset{id, reason});
}

/// What has arrived is delivered before the reset. Returns whether there is anything to deliver, and the
/// stream was not kept before.
bool Session::keep_until_read(Stream& stream, ResetReason reason) {
  if (stream.in.size() == 0 || stream.over) return false;
  stream.over = true;
  stream.reset_heard = reason;
  stream.out.drop_below(stream.out.end());
  unread_.push_back(stream.id);
  return true;
}

/// The streams of which bytes are lost, in either direction.
void Session::forget_under_way() {
  if (active_) forget(StreamId{*active_}, ResetReason::link_lost);
  if (receiving_) forget(StreamId{*receiving_}, ResetReason::link_lost);
}

void Session::forget_all_unfinished() {
  forget_under_way();
  while (!waiting_.empty()) forget(StreamId{waiting_.front()}, ResetReason::link_lost);
}

void Session::add_to(Stats& stats) const {
  stats.wire_bytes_sent += stats_.wire_bytes_sent;
  stats.wire_bytes_received += stats_.wire_bytes_received;
  stats.junk_bytes += stats_.junk_bytes;
  stats.streams_opened += stats_.streams_opened;
  stats.streams_reset += stats_.streams_reset;
  stats.payload_bytes_sent += stats_.payload_bytes_sent;
  stats.payload_bytes_received += stats_.payload_bytes_received;
  stats.streams_now += streams_.size();
  for (const auto& [id, stream] : streams_) {
    stats.send_buffer_bytes += stream.out.size();
    stats.receive_buffer_bytes += stream.in.size();
  }
}

}  // namespace serialtcp::legacy
