// How streams end other than by both ends closing them, and what remains when the link ends. A reset comes
// after the bytes before it; only data towards the end that resets is dropped. docs/protocol.md, "RESET" and
// "ENDING and leaving".
#include <algorithm>

#include "tunnel/streams.h"

namespace serialtcp::tunnel {

using Application = mux::Stream::Application;
using State = mux::Stream::State;

namespace {

using namespace std::chrono_literals;

// A stream that waits for its reset is checked at this interval,
constexpr Duration kEndingsInterval = 5s;
// and is reset when nothing of it was acknowledged for this time: its reader has stopped for good.
constexpr Duration kEndingPatience = 60s;
// After this time without any ack, missing acks do not show that a reader has stopped.
constexpr Duration kUnanswered = 2s;

}  // namespace

// ---- The application's operations ----

void Streams::reset(StreamId id, ResetReason reason, Time) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return;
  ++link_.stats.streams_reset;
  stream->move(Application::closed);
  begin_reset(*stream, reason);
  progress(*stream);
}

void Streams::reset_in_order(StreamId id, ResetReason reason, Time now) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned()) return;
  const bool nobody_waits = !stream->on_wire() || stream->terminated() || stream->drops_output();
  if (stream->datagrams || nobody_waits || stream->all_delivered()) return reset(id, reason, now);
  ++link_.stats.streams_reset;
  stop_reading(id, now);
  stream->move(Application::closed);
  stream->move(State::ending);
  stream->reset_reason = reason;
  endings_[id] = {stream->send.first_unacknowledged(), now};
  if (endings_due_ == kNever) endings_due_ = now + kEndingsInterval;
}

void Streams::stop_reading(StreamId id, Time) {
  mux::Stream* const stream = table_.find(id);
  if (stream == nullptr || stream->abandoned() || stream->drops_input || stream->datagrams) return;
  // There may be a pending reset that only waited for the reader.
  if (stream->application() == Application::reset_pending) return tell_reset(*stream);
  stream->drops_input = true;
  stream->credit = mux::Delivery::not_needed;
  stream->receive.discard();
  if (!stream->on_wire() || !link_.peer.features.has(wire::Feature::ordered_reset)) return;
  stream->stop = mux::Delivery::wanted;
  control_.want(*stream);
}

// ---- Steps ----

/// From now on only the reset is sent, and nothing is held.
void Streams::begin_reset(mux::Stream& stream, ResetReason reason) {
  // If the peer has reset it, or the link has ended, no RESET is sent.
  const bool tells = stream.on_wire() && !stream.terminated();
  if (tells) {
    stream.move(State::resetting);
    stream.reset = mux::Delivery::wanted;
    stream.reset_reason = reason;
  }
  terminate(stream);
  if (tells) control_.want(stream);
}

/// No more data in either direction: what is held is useless.
void Streams::terminate(mux::Stream& stream) {
  drop_output(stream);
  stream.discard();
}

/// The other end does not read the stream any more.
void Streams::drop_output(mux::Stream& stream) {
  scheduler_.deactivate(stream);
  send_held_ -= stream.send.held();
  stream.send.discard();
  tell_writable(stream);
}

/// The application has read the bytes before the reset, or reads no more.
void Streams::tell_reset(mux::Stream& stream) {
  stream.move(Application::closed);
  stream.discard();
  link_.events.push(event::Reset{stream.key.id, stream.heard_reason});
  progress(stream);
}

/// Readers that have stopped must not keep streams for ever.
void Streams::check_endings(Time now) {
  const bool unanswered =
      link_.line_away || (link_.sender->awaiting() && link_.sender->awaiting_since() != Time{} &&
                          now - link_.sender->awaiting_since() > kUnanswered);
  for (auto it = endings_.begin(); it != endings_.end();) {
    mux::Stream* const stream = table_.find(it->first);
    if (stream == nullptr || stream->state() != State::ending) {
      it = endings_.erase(it);
      continue;
    }
    const std::uint64_t acknowledged = stream->send.first_unacknowledged();
    if (unanswered || acknowledged != it->second.acknowledged) it->second = {acknowledged, now};
    if (now - it->second.since >= kEndingPatience) begin_reset(*stream, stream->reset_reason);
    ++it;
  }
  endings_due_ = endings_.empty() ? kNever : now + kEndingsInterval;
}

// ---- What the peer sends ----

bool Streams::apply(const wire::chunk::Reset& reset) {
  mux::Stream* const stream = table_.find(reset.stream);
  if (stream == nullptr || stream->state() == State::peer_reset) return true;
  stream->move(State::peer_reset);
  if (stream->abandoned() || !stream->has_unread()) {
    terminate(*stream);
  } else {
    drop_output(*stream);
    stream->receive.stop();
  }
  if (!stream->abandoned()) {
    ++link_.stats.streams_reset;
    stream->heard_reason = reset.reason;
    if (!stream->has_unread()) return tell_reset(*stream), true;
    stream->move(Application::reset_pending);
    tell_readable(*stream);
  }
  progress(*stream);
  return true;
}

bool Streams::apply(const wire::chunk::Stop& stop) {
  mux::Stream* const stream = table_.find(stop.stream);
  if (stream == nullptr || stream->terminated() || stream->datagrams || stream->drops_output()) return true;
  drop_output(*stream);
  if (stream->state() == State::ending) begin_reset(*stream, stream->reset_reason);
  return true;
}

Undelivered Streams::undelivered() const {
  Undelivered sum;
  for (const auto& [id, stream] : table_.all()) {
    if (stream->datagrams) continue;
    if (stream->on_wire()) {
      sum.to_peer += stream->send.held();
      const bool end = stream->send.is_shut() && stream->send.fin() != mux::Delivery::delivered;
      const bool resets = stream->state() == State::resetting && stream->reset != mux::Delivery::delivered;
      if (end || resets || stream->state() == State::ending) ++sum.ends;
    }
    if (stream->abandoned() || !stream->has_unread()) continue;
    sum.to_application += std::max<std::uint64_t>(stream->receive.readable(), 1);
  }
  return sum;
}

// ---- The end of the link ----

/// Streams with unread data remain until it was read. Their number and what is held for them are limited like
/// those of one link.
void Streams::drop_all(Unread unread) {
  std::size_t kept = 0;
  std::size_t held = 0;
  table_.clear_wire([&](mux::Stream& stream) {
    scheduler_.deactivate(stream);
    if (stream.abandoned()) return false;
    const std::size_t bytes = stream.receive.readable();
    const bool fits = kept < link_.config.max_streams && held + bytes <= limits::kCreditSum;
    const bool ends_in_order = stream.send.finished() && stream.receive.complete();
    const bool was_reset = stream.application() == Application::reset_pending;
    if (!ends_in_order && !was_reset) ++link_.stats.streams_reset;
    if (unread == Unread::dropped || !stream.has_unread() || !fits) {
      // A reset that comes after bytes is not reported without them.
      const bool all_read = was_reset && !stream.has_unread();
      link_.events.push(event::Reset{stream.key.id, all_read ? stream.heard_reason : ResetReason::link_lost});
      return false;
    }
    ++kept;
    held += bytes;
    if (!ends_in_order) {
      if (!was_reset) {
        stream.move(Application::reset_pending);
        stream.heard_reason = ResetReason::link_lost;
      }
      drop_output(stream);
    }
    stream.receive.stop();
    tell_readable(stream);
    return true;
  });
  control_.forget();
  releases_.forget();
  send_held_ = 0;
  endings_.clear();
  endings_due_ = kNever;
}

}  // namespace serialtcp::tunnel
