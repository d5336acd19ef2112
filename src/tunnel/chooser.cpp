#include "tunnel/chooser.h"

#include <algorithm>

namespace serialtcp {

namespace {

using namespace std::chrono_literals;

// After an answer to an original, nothing is said for so long that would make it begin anew.
constexpr Duration kLetItAnswer = 500ms;
// An echo comes sooner than this after what was said.
constexpr Duration kLongestEcho = 2s;

/// What is sealed is our own protocol, and nothing else will do.
EndpointConfig without_downgrade(EndpointConfig config) {
  if (config.key) config.protocol = Protocol::own;
  return config;
}

}  // namespace

Endpoint::Chooser::Chooser(const EndpointConfig& config, const Entropy& entropy)
    : config_(without_downgrade(config)),
      in_use_(config_.protocol == Protocol::original ? InUse::original : InUse::own),
      own_(config_, entropy),
      original_(config_),
      discovery_(config_.role, config_.nominal_rate) {}

// ---- The line ----

void Endpoint::Chooser::feed(ByteView bytes, Time now) {
  if (in_use_ == InUse::original) return feed_original(bytes, now);
  own_.feed(bytes, now);
  if (!looks_for_original()) return;
  discovery_.feed(bytes, now);
  answer_original(now);
}

/// An end with a key only to say that this is what is there.
bool Endpoint::Chooser::looks_for_original() const {
  return config_.protocol == Protocol::automatic || (config_.key && !own_.link_up());
}

/// Up to the first hello of a peer that speaks our own protocol, if there is one.
void Endpoint::Chooser::feed_original(ByteView bytes, Time now) {
  original_heard_ = now;
  if (!original_.link_up()) listen_for_console(bytes, now);
  ByteView rest = bytes;
  while (config_.protocol == Protocol::automatic) {
    const std::optional<wire::Decoder::Found> found = hello_watch_.next(rest);
    if (!found) break;
    const std::optional<wire::Hello> hello = Impl::hello_of(*found);
    if (!hello || hello->goodbye || own_.is_self(*hello)) continue;
    original_.feed(bytes.first(bytes.size() - rest.size()), now);
    change_to_own(LinkDownReason::peer_restarted, now);
    own_.on_hello(*hello, now);
    return feed(rest, now);
  }
  original_.feed(bytes, now);
}

/// Consoles do not say codes of the original's, but for an echo.
void Endpoint::Chooser::listen_for_console(ByteView bytes, Time now) {
  bool code = false;
  while (const std::optional<legacy::Decoder::Item> item = codes_.next(bytes)) {
    if (item->code) code = true;
    own_.watch_console(item->data, now);
  }
  if (code && now - original_said_ >= kLongestEcho) own_.protocol_heard(now);
}

std::size_t Endpoint::Chooser::feed_room() const {
  return in_use_ == InUse::original ? original_.feed_room() : limits::kFeedAtOnce;
}

void Endpoint::Chooser::answer_original(Time now) {
  if (config_.key) {
    if (!discovery_.take_answer().empty()) own_.tell_of_keys(LineTrouble::peer_has_no_key, now);
    if (discovery_.found()) discovery_.reset();
    return;
  }
  if (discovery_.take_own_kind_heard()) own_.report(LineTrouble::own_kind);
  const Bytes answer = discovery_.take_answer();
  if (discovery_.found()) return change_to_original(answer, now);
  if (answer.empty()) return;
  own_.protocol_heard(now);
  own_.interject(answer, now);
  own_.postpone_hello(now + kLetItAnswer);
}

void Endpoint::Chooser::change_to_original(ByteView last_answer, Time now) {
  own_.stand_aside(now);
  in_use_ = InUse::original;
  hello_watch_.reset();
  original_.set_preamble(own_.hello_on_wire());
  original_.begin_synchronised(last_answer, now);
  original_.feed(discovery_.take_rest(), now);
}

void Endpoint::Chooser::change_to_own(LinkDownReason reason, Time now) {
  original_.end(reason);
  in_use_ = InUse::own;
  discovery_.reset();
  own_.seek(now);
}

void Endpoint::Chooser::tick(Time now) {
  if (in_use_ == InUse::own) {
    own_.tick(now);
    if (!looks_for_original()) return;
    discovery_.tick(now);
    return answer_original(now);
  }
  if (!original_.link_up()) {
    if (own_.console_due() <= now) own_.look_at_console(now);
    if (own_.console_allows(original_said_) > now) return;
  }
  original_.tick(now);
  if (original_.lost() && config_.protocol == Protocol::automatic) {
    change_to_own(LinkDownReason::peer_silent, now);
  }
}

Time Endpoint::Chooser::deadline() const {
  if (in_use_ == InUse::original) {
    if (original_.link_up()) return original_.deadline();
    return std::min(own_.console_due(), std::max(original_.deadline(), own_.console_allows(original_said_)));
  }
  return looks_for_original() ? std::min(own_.deadline(), discovery_.deadline()) : own_.deadline();
}

std::size_t Endpoint::Chooser::transmit(MutableByteView room, Time now) {
  if (in_use_ == InUse::own) return own_.transmit(room, now);
  if (!begun_ && config_.protocol == Protocol::original) original_.begin(now);
  begun_ = true;
  // What the other protocol has begun to say goes first.
  const std::size_t left = own_.drain(room, now);
  const std::size_t said = original_.transmit(room.subspan(left), now);
  if (said > 0) original_said_ = now;
  return left + said;
}

Time Endpoint::Chooser::transmit_due() const {
  if (in_use_ == InUse::own) return own_.transmit_due();
  const bool begins = !begun_ && config_.protocol == Protocol::original;
  return begins || own_.has_left() || original_.something_to_say() ? Time{} : kNever;
}

std::optional<Event> Endpoint::Chooser::poll() {
  // First the end of the one that was in use before.
  if (in_use_ == InUse::own) {
    const std::optional<Event> event = original_.poll();
    return event ? event : own_.poll();
  }
  const std::optional<Event> event = own_.poll();
  return event ? event : original_.poll();
}

void Endpoint::Chooser::line_lost(Time now) {
  own_.line_lost(now);
  if (in_use_ == InUse::own) return;
  if (config_.protocol == Protocol::automatic) return change_to_own(LinkDownReason::line_lost, now);
  original_.end(LinkDownReason::line_lost);
  begun_ = false;
}

void Endpoint::Chooser::line_restored(Time now) {
  own_.line_restored(now);
  discovery_.reset();
  hello_watch_.reset();
  codes_.reset();
  if (in_use_ == InUse::original) original_.line_restored(now);
}

void Endpoint::Chooser::shut_down(Time now) {
  begun_ = true;
  if (in_use_ == InUse::original) {
    original_.shut_down();
  } else {
    original_.end(LinkDownReason::peer_left);
  }
  own_.shut_down(now);
}

bool Endpoint::Chooser::finished() const {
  return own_.finished() && (in_use_ == InUse::own || original_.finished());
}

bool Endpoint::Chooser::link_up() const {
  return in_use_ == InUse::original ? original_.link_up() : own_.link_up();
}

/// The original answers nothing while a connection is idle.
Time Endpoint::Chooser::unanswered_since() const {
  if (in_use_ == InUse::own) return own_.unanswered_since();
  return original_.link_up() ? kNever : Time{};
}

/// Only our own protocol measures it.
std::uint64_t Endpoint::Chooser::rate() const {
  return in_use_ == InUse::own ? own_.rate() : config_.nominal_rate;
}

std::size_t Endpoint::Chooser::streams() const {
  return own_.streams() + original_.streams();
}

const ServiceNames* Endpoint::Chooser::peer_services() const {
  return in_use_ == InUse::original ? nullptr : own_.peer_services();
}

Stats Endpoint::Chooser::stats() const {
  Stats stats = own_.stats();
  original_.add_to(stats);
  return stats;
}

// ---- Streams ----

legacy::Session* Endpoint::Chooser::session_of(StreamId id) {
  return (id.serial & legacy::kStreamBit) != 0 ? &original_ : nullptr;
}

const legacy::Session* Endpoint::Chooser::session_of(StreamId id) const {
  return (id.serial & legacy::kStreamBit) != 0 ? &original_ : nullptr;
}

std::expected<StreamId, StreamError> Endpoint::Chooser::open(const Purpose& purpose, Time now) {
  return in_use_ == InUse::original ? original_.open(purpose, now) : own_.open(purpose, now);
}

const Purpose* Endpoint::Chooser::purpose(StreamId id) const {
  const legacy::Session* const session = session_of(id);
  return session != nullptr ? session->purpose(id) : own_.purpose(id);
}

bool Endpoint::Chooser::is_known_to_peer(StreamId id) const {
  return session_of(id) != nullptr || own_.is_known_to_peer(id);
}

void Endpoint::Chooser::connected(StreamId id, Time now) {
  if (legacy::Session* const session = session_of(id)) session->connected(id, now);
}

std::expected<std::size_t, StreamError> Endpoint::Chooser::write(StreamId id, ByteView bytes, Time now) {
  legacy::Session* const session = session_of(id);
  return session != nullptr ? session->write(id, bytes, now) : own_.write(id, bytes, now);
}

std::size_t Endpoint::Chooser::write_room(StreamId id) const {
  const legacy::Session* const session = session_of(id);
  return session != nullptr ? session->write_room(id) : own_.write_room(id);
}

std::expected<ReadResult, StreamError> Endpoint::Chooser::read(StreamId id, MutableByteView into, Time now) {
  legacy::Session* const session = session_of(id);
  return session != nullptr ? session->read(id, into, now) : own_.read(id, into, now);
}

std::expected<DatagramFate, StreamError> Endpoint::Chooser::send_datagram(StreamId id, ByteView datagram,
                                                                          Duration patience, Time now) {
  if (session_of(id) != nullptr) return std::unexpected(StreamError::wrong_kind);
  return own_.send_datagram(id, datagram, patience, now);
}

std::expected<DatagramReadResult, StreamError> Endpoint::Chooser::read_datagram(StreamId id, Time now) {
  if (session_of(id) != nullptr) return std::unexpected(StreamError::wrong_kind);
  return own_.read_datagram(id, now);
}

std::expected<void, StreamError> Endpoint::Chooser::shut_write(StreamId id, Time now) {
  legacy::Session* const session = session_of(id);
  return session != nullptr ? session->shut_write(id, now) : own_.shut_write(id, now);
}

void Endpoint::Chooser::reset(StreamId id, ResetReason reason, Time now) {
  legacy::Session* const session = session_of(id);
  if (session != nullptr) {
    session->reset(id, now);
  } else {
    own_.reset(id, reason, now);
  }
}

void Endpoint::Chooser::reset_in_order(StreamId id, ResetReason reason, Time now) {
  legacy::Session* const session = session_of(id);
  if (session != nullptr) {
    session->reset_in_order(id, now);
  } else {
    own_.reset_in_order(id, reason, now);
  }
}

void Endpoint::Chooser::stop_reading(StreamId id, Time now) {
  legacy::Session* const session = session_of(id);
  if (session != nullptr) {
    session->stop_reading(id);
  } else {
    own_.stop_reading(id, now);
  }
}

void Endpoint::Chooser::announce_leaving(Time now) {
  if (in_use_ == InUse::own) own_.announce_leaving(now);
}

void Endpoint::Chooser::tell_left(std::uint64_t bytes, Time now) {
  if (in_use_ == InUse::own) own_.tell_left(bytes, now);
}

std::optional<std::uint64_t> Endpoint::Chooser::peer_left() const {
  return in_use_ == InUse::own ? own_.peer_left() : std::nullopt;
}

Undelivered Endpoint::Chooser::undelivered() const {
  Undelivered sum = own_.undelivered();
  const Undelivered original = original_.undelivered();
  sum.to_peer += original.to_peer;
  sum.to_application += original.to_application;
  sum.ends += original.ends;
  return sum;
}

}  // namespace serialtcp
