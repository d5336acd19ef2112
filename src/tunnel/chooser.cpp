#include "tunnel/chooser.h"

#include <algorithm>

#include "tunnel/hello_timing.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// After an answer to the original, nothing that would restart it is sent for this time.
constexpr Duration kLetItAnswer = 500ms;

/// Only our own protocol can be sealed, so no other is used.
EndpointConfig without_downgrade(EndpointConfig config) {
  if (config.key) config.protocol = Protocol::own;
  return config;
}

}  // namespace

Chooser::Chooser(const EndpointConfig& config, const Entropy& entropy)
    : config_(without_downgrade(config)),
      in_use_(config_.protocol == Protocol::original ? Which::original : Which::own),
      own_(config_, entropy),
      original_(config_),
      discovery_(config_.role, config_.nominal_rate) {}

void Chooser::feed(ByteView bytes, Time now) {
  if (is_original()) return feed_original(bytes, now);
  own_.feed(bytes, now);
  if (!looks_for_original()) return;
  discovery_.feed(bytes, now);
  answer_original(now);
}

/// An end with a key only reports that the original is there.
bool Chooser::looks_for_original() const {
  return config_.protocol == Protocol::automatic || (config_.key && !own_.link_up());
}

/// Up to the first hello of a peer with our own protocol, if there is one.
void Chooser::feed_original(ByteView bytes, Time now) {
  original_heard_ = now;
  if (!original_.link_up()) listen_for_console(bytes, now);
  ByteView rest = bytes;
  while (config_.protocol == Protocol::automatic) {
    const std::optional<wire::Decoder::Found> found = hello_watch_.next(rest);
    if (!found) break;
    const std::optional<wire::Hello> hello = Tunnel::hello_of(*found);
    if (!hello || hello->goodbye || own_.is_self(*hello)) continue;
    original_.feed(bytes.first(bytes.size() - rest.size()), now);
    change_to_own(LinkDownReason::peer_restarted, now);
    own_.on_hello(*hello, now);
    return feed(rest, now);
  }
  original_.feed(bytes, now);
}

/// Consoles do not send codes of the original's, except as an echo.
void Chooser::listen_for_console(ByteView bytes, Time now) {
  bool code = false;
  while (const std::optional<legacy::Decoder::Item> item = codes_.next(bytes)) {
    if (item->code) code = true;
    own_.watch_console(item->data, now);
  }
  if (code && now - original_said_ >= kLongestEcho) own_.protocol_heard(now);
}

void Chooser::answer_original(Time now) {
  // The ends of frames that tell our own peer from the original may be what the line alters. The original's protocol would
  // deliver altered data.
  if ((discovery_.found() || discovery_.has_answer()) && own_.hears_altered_hello())
    return discovery_.reset();
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

void Chooser::change_to_original(ByteView last_answer, Time now) {
  own_.stand_aside(now);
  in_use_ = Which::original;
  hello_watch_.reset();
  original_.set_preamble(own_.hello_on_wire());
  original_.begin_synchronised(last_answer, now);
  original_.feed(discovery_.take_rest(), now);
}

void Chooser::change_to_own(LinkDownReason reason, Time now) {
  original_.end(reason);
  in_use_ = Which::own;
  discovery_.reset();
  own_.seek(now);
}

void Chooser::tick(Time now) {
  if (!is_original()) {
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

Time Chooser::deadline() const {
  if (is_original()) {
    if (original_.link_up()) return original_.deadline();
    return std::min(own_.console_due(), std::max(original_.deadline(), own_.console_allows(original_said_)));
  }
  return looks_for_original() ? std::min(own_.deadline(), discovery_.deadline()) : own_.deadline();
}

std::size_t Chooser::transmit(MutableByteView room, Time now) {
  if (!is_original()) return own_.transmit(room, now);
  if (!begun_ && config_.protocol == Protocol::original) original_.begin(now);
  begun_ = true;
  // What the other protocol has begun to send comes first.
  const std::size_t left = own_.drain(room, now);
  const std::size_t said = original_.transmit(room.subspan(left), now);
  if (said > 0) original_said_ = now;
  return left + said;
}

Time Chooser::transmit_due() const {
  if (!is_original()) return own_.transmit_due();
  const bool begins = !begun_ && config_.protocol == Protocol::original;
  return begins || own_.has_left() || original_.something_to_say() ? Time{} : kNever;
}

std::optional<Event> Chooser::poll() {
  // First the end of the protocol that was in use before.
  if (!is_original()) {
    const std::optional<Event> event = original_.poll();
    return event ? event : own_.poll();
  }
  const std::optional<Event> event = own_.poll();
  return event ? event : original_.poll();
}

void Chooser::line_lost(Time now) {
  own_.line_lost(now);
  if (!is_original()) return;
  if (config_.protocol == Protocol::automatic) return change_to_own(LinkDownReason::line_lost, now);
  original_.end(LinkDownReason::line_lost);
  begun_ = false;
}

void Chooser::line_restored(Time now) {
  own_.line_restored(now);
  discovery_.reset();
  hello_watch_.reset();
  codes_.reset();
  if (is_original()) original_.line_restored(now);
}

void Chooser::shut_down(Time now) {
  begun_ = true;
  if (is_original()) {
    original_.shut_down();
  } else {
    original_.end(LinkDownReason::peer_left);
  }
  own_.shut_down(now);
}

bool Chooser::finished() const {
  return own_.finished() && (!is_original() || original_.finished());
}

Stats Chooser::stats() const {
  Stats stats = own_.stats();
  original_.add_to(stats);
  return stats;
}

Undelivered Chooser::undelivered() const {
  Undelivered sum = own_.undelivered();
  const Undelivered original = original_.undelivered();
  sum.to_peer += original.to_peer;
  sum.to_application += original.to_application;
  sum.ends += original.ends;
  return sum;
}

}  // namespace serialtcp::tunnel
