#include "classic/session.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::classic {

namespace {

using namespace std::chrono_literals;

// So many attempts without an answer (1 + 1.5 + 2.25 s): a peer that is still connecting to a slow target is
// given time.
constexpr int kAttemptsUntilLost = 3;
// While nothing happens, the peer hears this often what only another protocol's peer understands.
constexpr Duration kPreambleInterval = 10s;

}  // namespace

Session::Session(const EndpointConfig& config) : config_(config), sync_(config.role) {}

void Session::set_state(State next) {
  switch (next) {
    case State::off:
    case State::syncing:
      break;
    case State::idle:
      CHECK(state_ == State::syncing || state_ == State::off);
      break;
    case State::connecting:
      CHECK(state_ == State::idle);
      break;
    case State::relaying:
      CHECK(state_ == State::connecting);
      break;
  }
  state_ = next;
}

// ---- Finding each other ----

void Session::begin(Time now) {
  CHECK(state_ == State::off);
  lost_ = false;
  own_kind_told_ = false;
  decoder_.reset();
  synchronise(now);
}

void Session::begin_synchronised(ByteView said, Time now) {
  CHECK(state_ == State::off);
  lost_ = false;
  decoder_.reset();
  outbox_.insert(outbox_.end(), said.begin(), said.end());
  sync_.settle();
  synchronised(now);
}

void Session::end(LinkDownReason reason) {
  if (state_ == State::off) return;
  forget_all_unfinished();
  set_state(State::off);
  sync_.settle();
  outbox_.clear();
  outbox_head_ = 0;
  connect_until_ = preamble_due_ = kNever;
  if (up_) events_.push_of_line(event::LinkDown{reason});
  up_ = false;
}

void Session::synchronise(Time now) {
  active_.reset();
  connect_until_ = preamble_due_ = kNever;
  set_state(State::syncing);
  sync_.begin(now, outbox_);
}

void Session::synchronised(Time now) {
  input_over();
  set_state(State::idle);
  own_kind_told_ = false;
  if (!up_) {
    up_ = true;
    events_.push_of_line(event::LinkUp{SessionId{}, Protocol::original});
  }
  if (!sync_.preamble().empty()) preamble_due_ = now + kPreambleInterval;
  next_connection(now);
}

void Session::lose_peer() {
  lost_ = true;
  forget_all_unfinished();
  if (up_) events_.push_of_line(event::LinkDown{LinkDownReason::peer_silent});
  up_ = false;
}

// ---- The line ----

void Session::feed(ByteView bytes, Time now) {
  stats_.wire_bytes_received += bytes.size();
  while (const auto item = decoder_.next(bytes)) {
    if (item->code) {
      on_code(*item->code, now);
    } else {
      on_data(item->data);
    }
  }
}

std::size_t Session::feed_room() const {
  const Stream* const stream = receiving_ ? find(*receiving_) : nullptr;
  if (stream == nullptr) return limits::kClassicBuffer;
  return limits::kClassicBuffer - std::min(limits::kClassicBuffer, stream->in.size());
}

void Session::tick(Time now) {
  if (state_ == State::syncing && sync_.deadline() <= now) {
    sync_.tick(now, outbox_);
    if (sync_.timeouts() >= kAttemptsUntilLost && !lost_) lose_peer();
  }
  if (state_ == State::connecting && connect_until_ <= now) connect_failed(ResetReason::timed_out, now);
  if (state_ == State::idle && preamble_due_ <= now) {
    outbox_.insert(outbox_.end(), sync_.preamble().begin(), sync_.preamble().end());
    preamble_due_ = now + kPreambleInterval;
  }
}

Time Session::deadline() const {
  switch (state_) {
    case State::syncing:
      return sync_.deadline();
    case State::connecting:
      return connect_until_;
    case State::idle:
      return preamble_due_;
    case State::off:
    case State::relaying:
      break;
  }
  return kNever;
}

bool Session::something_to_say() const {
  if (outbox_head_ < outbox_.size()) return true;
  const Stream* const stream = active_ ? find(*active_) : nullptr;
  return state_ == State::relaying && stream != nullptr && stream->out.size() > 0;
}

std::size_t Session::transmit(MutableByteView room, Time now) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    const std::size_t count = std::min(room.size() - filled, outbox_.size() - outbox_head_);
    std::copy_n(outbox_.begin() + static_cast<std::ptrdiff_t>(outbox_head_), count,
                room.begin() + static_cast<std::ptrdiff_t>(filled));
    filled += count;
    outbox_head_ += count;
    if (outbox_head_ < outbox_.size()) break;
    outbox_.clear();
    outbox_head_ = 0;
    if (filled == room.size()) break;
    Stream* const stream = state_ == State::relaying ? active() : nullptr;
    if (stream == nullptr || stream->out.size() == 0) break;
    Encoded done = encode(stream->out.view(stream->out.begin(), room.size()), room.subspan(filled));
    // Room for half a pair: the other half follows.
    if (done.taken == 0) {
      append_code(kEscape, outbox_);
      done.taken = 1;
    }
    stream->out.drop_below(stream->out.begin() + done.taken);
    filled += done.filled;
    stats_.payload_bytes_sent += done.taken;
    tell_writable(*stream);
    end_if_all_sent(now);
  }
  stats_.wire_bytes_sent += filled;
  return filled;
}

void Session::line_restored(Time now) {
  decoder_.reset();
  outbox_.clear();
  outbox_head_ = 0;
  if (state_ == State::off) return;
  // What was on its way is gone, and nobody knows how much that was.
  forget_under_way();
  synchronise(now);
}

void Session::shut_down() {
  const bool in_connection = state_ == State::connecting || state_ == State::relaying;
  end(LinkDownReason::peer_left);
  while (!streams_.empty()) forget(streams_.begin()->first, ResetReason::link_lost);
  if (in_connection) append_code(code::kDisconnect, outbox_);
}

// ---- What the other end says ----

void Session::on_code(Byte code, Time now) {
  if (state_ == State::off) return;
  if (code == code::kDisconnect) return peer_disconnected(now);
  switch (state_) {
    case State::off:
      break;
    case State::syncing:
      if (code == code::kStart) started_ = receiving_.has_value();
      // Its own attempt to synchronise tells that the other end is through with the connection before.
      if (sync_number(code, other(config_.role))) input_over();
      sync_.on_code(code, now, outbox_);
      if (sync_.own_kind_heard() && !own_kind_told_) {
        own_kind_told_ = true;
        events_.push_of_line(event::LineTroubled{LineTrouble::own_kind});
      }
      if (sync_.done()) synchronised(now);
      break;
    case State::idle:
      if (code == code::kConnect && config_.role == Role::client) on_connect(now);
      break;
    case State::connecting:
      if (config_.role == Role::client) break;
      // A start without the "connected" before it: that was lost, and says nothing more.
      if (code == code::kConnected || code == code::kStart) start_relaying(now);
      if (code == code::kStart) started_ = true;
      if (code == code::kFailed) connect_failed(ResetReason::failed, now);
      break;
    case State::relaying:
      if (code == code::kStart) started_ = true;
      break;
  }
}

void Session::on_data(ByteView bytes) {
  Stream* const stream = receiving_ && started_ ? find(*receiving_) : nullptr;
  if (stream == nullptr) {
    stats_.junk_bytes += bytes.size();
    return;
  }
  stats_.payload_bytes_received += bytes.size();
  if (stream->drops_input) return;
  stream->in.append(bytes);
  tell_readable(*stream);
}

void Session::on_connect(Time) {
  const StreamId id{++last_serial_ | kStreamBit};
  streams_.emplace(id, Stream{.id = id});
  ++stats_.streams_opened;
  active_ = id;
  set_state(State::connecting);
  events_.push(event::Opened{id, ServiceId{}});
}

void Session::peer_disconnected(Time now) {
  switch (state_) {
    case State::off:
      return;
    case State::syncing:
      input_over();
      return sync_.on_code(code::kDisconnect, now, outbox_);
    case State::idle:
      return synchronise(now);
    case State::connecting: {
      const StreamId id = *active_;
      leave_line();
      forget(id, ResetReason::aborted);
      return synchronise(now);
    }
    case State::relaying:
      input_over();
      leave_line();
      return synchronise(now);
  }
}

// ---- A connection, from the line's side ----

void Session::next_connection(Time now) {
  if (state_ != State::idle || waiting_.empty()) return;
  active_ = waiting_.front();
  waiting_.pop_front();
  append_code(code::kConnect, outbox_);
  set_state(State::connecting);
  connect_until_ = now + config_.connect_timeout;
}

void Session::start_relaying(Time now) {
  connect_until_ = kNever;
  set_state(State::relaying);
  receiving_ = active_;
  started_ = false;
  append_code(code::kStart, outbox_);
  tell_writable(*active());
  end_if_all_sent(now);
}

void Session::connect_failed(ResetReason reason, Time now) {
  const StreamId id = *active_;
  leave_line();
  forget(id, reason);
  synchronise(now);
}

/// The stream that has the line has it no longer: what is left of it can only be read.
void Session::leave_line() {
  Stream* const stream = active();
  active_.reset();
  if (stream != nullptr) stream->out.drop_below(stream->out.end());
  if (stream != nullptr && receiving_ != stream->id) erase_if_abandoned(StreamId{stream->id});
}

void Session::end_if_all_sent(Time now) {
  const Stream* const stream = active();
  if (state_ != State::relaying || stream == nullptr || !stream->shut || stream->out.size() > 0) return;
  append_code(code::kDisconnect, outbox_);
  leave_line();
  synchronise(now);
}

/// Nothing more comes for the stream that data was for.
void Session::input_over() {
  if (!receiving_) return;
  Stream* const stream = find(*receiving_);
  receiving_.reset();
  if (stream == nullptr) return;
  stream->over = true;
  if (stream->abandoned) {
    if (active_ != stream->id) streams_.erase(StreamId{stream->id});
    return;
  }
  tell_readable(*stream);
  unread_.push_back(stream->id);
  limit_unread();
}

/// Readers that do not read must not make memory grow with each connection.
void Session::limit_unread() {
  std::erase_if(unread_, [this](StreamId id) { return find(id) == nullptr; });
  if (unread_.size() > limits::kClassicUnread) forget(StreamId{unread_.front()}, ResetReason::no_resources);
}

// ---- Events ----

void Session::tell_readable(Stream& stream) {
  if (stream.readable_told || stream.abandoned) return;
  stream.readable_told = true;
  events_.push(event::Readable{stream.id});
}

void Session::tell_writable(Stream& stream) {
  if (!stream.write_blocked || stream.abandoned || write_room(stream.id) == 0) return;
  stream.write_blocked = false;
  events_.push(event::Writable{stream.id});
}

// ---- The application's verbs ----

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
  if (waiting_.size() >= limits::kClassicWaiting) return std::unexpected(StreamError::too_many_streams);
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
  append_code(code::kConnected, outbox_);
  start_relaying(now);
}

std::size_t Session::write_room(StreamId id) const {
  const Stream* const stream = find(id);
  if (stream == nullptr || stream->shut || stream->abandoned) return 0;
  // What is written after the connection's end on the line goes nowhere, as it would into a closed socket.
  const bool gone = stream->over || (active_ != id && receiving_ == id);
  const std::size_t limit = active_ == id ? limits::kClassicSendBuffer : limits::kSendBufferFloor;
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
  std::ranges::copy(bytes, into.begin());
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

void Session::stop_reading(StreamId id) {
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  stream->drops_input = true;
  stream->in.drop_below(stream->in.end());
}

void Session::reset_in_order(StreamId id, Time now) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->abandoned) return;
  const bool goes_on = active_ == id || std::ranges::find(waiting_, id) != waiting_.end();
  // A connection that was made has no way to end but D, and what is before that counts.
  if (stream->out.size() == 0 || !goes_on || stream->over) return reset(id, now);
  ++stats_.streams_reset;
  stop_reading(id);
  stream->abandoned = true;
  stream->shut = true;
}

/// Its end on the line has come, and nobody here waits for it.
void Session::erase_if_abandoned(StreamId id) {
  const Stream* const stream = find(id);
  if (stream != nullptr && stream->abandoned) streams_.erase(id);
}

Undelivered Session::undelivered() const {
  Undelivered sum;
  if (up_ && state_ != State::syncing) sum.to_peer += outbox_.size() - outbox_head_;
  for (const auto& [id, stream] : streams_) {
    if (active_ == id || std::ranges::find(waiting_, id) != waiting_.end()) sum.to_peer += stream.out.size();
    sum.to_application += stream.in.size();
    if (stream.over && !stream.abandoned) ++sum.to_application;
  }
  return sum;
}

void Session::reset(StreamId id, Time now) {
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
  append_code(target_failed ? code::kFailed : code::kDisconnect, outbox_);
  synchronise(now);
}

/// Ends a stream and tells its application so.
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

/// What has arrived of a stream goes to its reader before the reset. Returns whether there is anything, and
/// the stream was not kept before.
bool Session::keep_until_read(Stream& stream, ResetReason reason) {
  if (stream.in.size() == 0 || stream.over) return false;
  stream.over = true;
  stream.reset_heard = reason;
  stream.out.drop_below(stream.out.end());
  unread_.push_back(stream.id);
  return true;
}

/// Streams that bytes are missing of, in whichever direction.
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

}  // namespace serialtcp::classic
