#include "legacy/session.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::legacy {

namespace {

using namespace std::chrono_literals;

// This many attempts without an answer (1 + 1.5 + 2.25 s): a peer may still be connecting to a slow target.
constexpr int kAttemptsUntilLost = 3;
// While idle, the preamble is sent at this interval.
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

// ---- Synchronising ----

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
  outbox_.append(said);
  sync_.settle();
  synchronised(now);
}

void Session::end(LinkDownReason reason) {
  if (state_ == State::off) return;
  forget_all_unfinished();
  set_state(State::off);
  sync_.settle();
  outbox_.clear();
  connect_until_ = preamble_due_ = kNever;
  if (up_) events_.push_of_line(event::LinkDown{reason});
  up_ = false;
}

void Session::synchronise(Time now) {
  active_.reset();
  connect_until_ = preamble_due_ = kNever;
  set_state(State::syncing);
  sync_.begin(now, outbox_.tail());
}

void Session::synchronised(Time now) {
  input_over();
  set_state(State::idle);
  own_kind_told_ = false;
  if (!up_) {
    up_ = true;
    events_.push_of_line(event::LinkUp{SessionId{}, Protocol::original, PeerVersion::original});
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
  if (stream == nullptr) return limits::kLegacyBuffer;
  return limits::kLegacyBuffer - std::min(limits::kLegacyBuffer, stream->in.size());
}

void Session::tick(Time now) {
  if (state_ == State::syncing && sync_.deadline() <= now) {
    sync_.tick(now, outbox_.tail());
    if (sync_.timeouts() >= kAttemptsUntilLost && !lost_) lose_peer();
  }
  if (state_ == State::connecting && connect_until_ <= now) connect_failed(ResetReason::timed_out, now);
  if (state_ == State::idle && preamble_due_ <= now) {
    outbox_.append(sync_.preamble());
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
  if (!outbox_.empty()) return true;
  const Stream* const stream = active_ ? find(*active_) : nullptr;
  return state_ == State::relaying && stream != nullptr && stream->out.size() > 0;
}

std::size_t Session::transmit(MutableByteView room, Time now) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    filled += outbox_.take(room.subspan(filled));
    if (!outbox_.empty()) break;
    if (filled == room.size()) break;
    Stream* const stream = state_ == State::relaying ? active() : nullptr;
    if (stream == nullptr || stream->out.size() == 0) break;
    Encoded done = encode(stream->out.view(stream->out.begin(), room.size()), room.subspan(filled));
    // Space for half a pair: the other half follows.
    if (done.taken == 0) {
      append_code(kEscape, outbox_.tail());
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
  if (state_ == State::off) return;
  // What was in flight is lost, and it is not known how much that was.
  forget_under_way();
  synchronise(now);
}

void Session::shut_down() {
  const bool in_connection = state_ == State::connecting || state_ == State::relaying;
  end(LinkDownReason::peer_left);
  while (!streams_.empty()) forget(streams_.begin()->first, ResetReason::link_lost);
  if (in_connection) append_code(code::kDisconnect, outbox_.tail());
}

// ---- What the other end sends ----

void Session::on_code(Byte code, Time now) {
  if (state_ == State::off) return;
  if (code == code::kDisconnect) return peer_disconnected(now);
  switch (state_) {
    case State::off:
      break;
    case State::syncing:
      if (code == code::kStart) started_ = receiving_.has_value();
      // If the peer tries to synchronise, it has finished the previous connection.
      if (sync_number(code, other(config_.role))) input_over();
      sync_.on_code(code, now, outbox_.tail());
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
      // A start without "connected" before it: that was lost, and is implied.
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
      return sync_.on_code(code::kDisconnect, now, outbox_.tail());
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
  append_code(code::kConnect, outbox_.tail());
  set_state(State::connecting);
  connect_until_ = now + config_.connect_timeout;
}

void Session::start_relaying(Time now) {
  connect_until_ = kNever;
  set_state(State::relaying);
  receiving_ = active_;
  started_ = false;
  append_code(code::kStart, outbox_.tail());
  tell_writable(*active());
  end_if_all_sent(now);
}

void Session::connect_failed(ResetReason reason, Time now) {
  const StreamId id = *active_;
  leave_line();
  forget(id, reason);
  synchronise(now);
}

/// The active stream no longer uses the line. What is left of it can only be read.
void Session::leave_line() {
  Stream* const stream = active();
  active_.reset();
  if (stream != nullptr) stream->out.drop_below(stream->out.end());
  if (stream != nullptr && receiving_ != stream->id) erase_if_abandoned(StreamId{stream->id});
}

void Session::end_if_all_sent(Time now) {
  const Stream* const stream = active();
  if (state_ != State::relaying || stream == nullptr || !stream->shut || stream->out.size() > 0) return;
  append_code(code::kDisconnect, outbox_.tail());
  leave_line();
  synchronise(now);
}

/// No more data comes for the receiving stream.
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

/// Streams that are not read must not make memory grow with each connection.
void Session::limit_unread() {
  std::erase_if(unread_, [this](StreamId id) { return find(id) == nullptr; });
  if (unread_.size() > limits::kLegacyUnread) forget(StreamId{unread_.front()}, ResetReason::no_resources);
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

}  // namespace serialtcp::legacy
