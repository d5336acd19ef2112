#include "wire/peer_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "serialtcp/limits.h"
#include "wire/check_value.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/line_message.h"

namespace serialtcp::wire {

namespace {

/// In which the driver, or an adapter, may deliver the next byte later.
constexpr std::uint64_t kBytesOfPause = 4;
constexpr Byte kErase = 0x7F;
/// Characters that are erased again, at most.
constexpr std::size_t kMostErased = 64;
/// Of what stands between two ends of frame, in any frame: header and check value.
constexpr std::size_t kLeastFrame = 1 + kCheckSize;
/// Bytes above 7F that somebody may have typed by one key.
constexpr std::size_t kMostOfKey = 8;
constexpr Byte kMessageBegins = '_';
/// Codes of the original's protocol that stand beside hellos, and ends of frame.
constexpr std::string_view kCodes = "DACG`@aK?~|";

bool is_printable(Byte byte) {
  return byte >= 0x20 && byte < kErase;
}

/// Some key has it: not NUL, nor what a Ctrl key gives together with digits or signs.
bool is_key(Byte byte) {
  constexpr Byte kLastKey = 0x1B;
  return (byte > 0 && byte <= kLastKey) || is_printable(byte) || byte == kErase;
}

bool is_code(Byte byte) {
  return kCodes.find(static_cast<char>(byte)) != std::string_view::npos;
}

bool is_end(Byte before, Byte byte) {
  return before == kEscape && (byte == kEndPlain || byte == kEndWithAck);
}

/// Without the codes at its beginning.
ByteView behind_codes(ByteView bytes) {
  while (bytes.size() >= 2 && bytes[0] == kEscape && is_code(bytes[1])) bytes = bytes.subspan(2);
  return bytes;
}

/// Whether this may be the beginning of codes and a hello.
bool may_be_hello(ByteView bytes) {
  const ByteView rest = behind_codes(bytes);
  if (rest.empty() || (rest.size() == 1 && rest[0] == kEscape)) return true;
  return rest[0] == kHelloHeader && (rest.size() == 1 || rest[1] == kProtocolVersion);
}

enum class HelloHeard : std::uint8_t { none, seeks, goodbye };

HelloHeard hello_in(ByteView bytes) {
  Decoder decoder;
  while (const auto found = decoder.next(bytes)) {
    if (found->body.size() <= kCheckSize || found->body[0] != kHelloHeader) continue;
    const ByteView body = found->body.first(found->body.size() - kCheckSize);
    CheckValue check{CheckContext{}};
    check.add(body);
    base::Reader check_in(found->body.last(kCheckSize));
    if (check.finish(found->end) != check_in.little(kCheckSize)) continue;
    base::Reader in(body.subspan(1));
    const auto hello = read_hello(in);
    if (hello) return hello->goodbye ? HelloHeard::goodbye : HelloHeard::seeks;
  }
  return HelloHeard::none;
}

bool begins_with_code(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] == kEscape && is_code(bytes[1]);
}

bool begins_with_hello(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] == kHelloHeader && bytes[1] == kProtocolVersion;
}

/// Whether what was held, and has no end, may have come from a person.
bool is_typed(ByteView held) {
  if (begins_with_hello(held)) return false;
  if (begins_with_code(held)) {
    const ByteView rest = behind_codes(held);
    return !rest.empty() && std::ranges::all_of(rest, is_key);
  }
  constexpr Byte kOfText = 0x80;
  const auto may_be_text = [](Byte byte) { return is_key(byte) || byte >= kOfText; };
  return held.size() <= kMostOfKey || std::ranges::all_of(held, may_be_text);
}

}  // namespace

PeerWatch::PeerWatch(std::uint64_t rate)
    : pause_(kPause + Duration(std::chrono::seconds(kBytesOfPause)) /
                          static_cast<std::int64_t>(std::max<std::uint64_t>(1, rate))) {}

void PeerWatch::hear(ByteView bytes, Time now, Bytes& keys) {
  if (bytes.empty()) return;
  tick(now, keys);
  if (held_.empty() && burst_ != Burst::dropped && last_ != kNever && now - last_ >= pause_) {
    begin_burst();
  }
  last_ = now;
  for (const Byte byte : bytes) take_byte(byte, keys);
}

void PeerWatch::take_byte(Byte byte, Bytes& keys) {
  if (found_) return held_.push_back(byte);
  switch (burst_) {
    case Burst::none:
      burst_ = is_key(byte) && !first_ ? Burst::keys : Burst::foreign;
      return take_byte(byte, keys);
    case Burst::keys:
      if (byte == kEscape || byte == kMessageBegins) {
        burst_ = byte == kEscape ? Burst::hello : Burst::message;
        held_.push_back(byte);
        return;
      }
      return pass(byte, keys);
    case Burst::foreign:
      return hold_foreign(byte, keys);
    case Burst::hello:
      return hold_hello(byte, keys);
    case Burst::message:
      return hold_message(byte, keys);
    case Burst::dropped:
      return drop_on(byte);
  }
}

void PeerWatch::pass(Byte byte, Bytes& keys) {
  keys.push_back(byte);
  // What ends a line cannot be taken back.
  passed_ = is_printable(byte) ? passed_ + 1 : is_key(byte) ? 0 : passed_;
}

void PeerWatch::begin_burst() {
  burst_ = Burst::none;
  first_ = amid_keys_ = false;
  frame_at_ = passed_ = 0;
}

void PeerWatch::hold_foreign(Byte byte, Bytes& keys) {
  const Byte before = held_.empty() ? Byte{0} : held_.back();
  held_.push_back(byte);
  if (is_end(before, byte)) return end_of_frame();
  if (held_.size() <= kMostHeld) return;
  if (amid_keys_ || std::ranges::all_of(held_, is_key)) {
    release(keys);
    burst_ = Burst::keys;
    return;
  }
  burst_ = Burst::dropped;
  dropped_ = held_.size();
  last_byte_ = byte;
  held_.clear();
}

/// Of a foreign burst. A hello that has arrived damaged is one of a peer, too.
void PeerWatch::end_of_frame() {
  constexpr std::size_t kEndSize = 2;
  const ByteView frame = ByteView(held_).subspan(frame_at_, held_.size() - kEndSize - frame_at_);
  const ByteView content = behind_codes(frame);
  frame_at_ = held_.size();
  const HelloHeard hello = hello_in(held_);
  if (hello == HelloHeard::goodbye) {
    held_.clear();
    frame_at_ = 0;
    burst_ = Burst::dropped;
    dropped_ = 0;
    last_byte_ = 0;
    return;
  }
  found_ =
      hello == HelloHeard::seeks || (content.size() >= kLeastFrame && !std::ranges::all_of(content, is_key));
}

void PeerWatch::hold_hello(Byte byte, Bytes& keys) {
  const Byte before = held_.back();
  held_.push_back(byte);
  if (is_end(before, byte)) {
    const HelloHeard hello = hello_in(held_);
    erase_passed(keys);  // it was the end of a frame whose beginning was damaged
    found_ = hello == HelloHeard::seeks;
    if (found_) return;
    burst_ = Burst::foreign;
    amid_keys_ = true;
    frame_at_ = held_.size();
    return;
  }
  if (may_be_hello(held_) && held_.size() <= kMostHeld) return;
  release(keys);
  burst_ = Burst::keys;
}

void PeerWatch::hold_message(Byte byte, Bytes& keys) {
  held_.push_back(byte);
  MessageCandidate candidate;
  auto state = MessageCandidate::State::none;
  for (const Byte one : held_) state = candidate.push(one);
  if (state == MessageCandidate::State::incomplete && candidate.bytes().size() == held_.size()) return;
  if (state == MessageCandidate::State::complete && candidate.read()) {
    found_ = true;
    return;
  }
  held_.pop_back();
  release(keys);
  burst_ = Burst::keys;
  take_byte(byte, keys);
}

/// A frame of a peer, if it ends in time.
void PeerWatch::drop_on(Byte byte) {
  ++dropped_;
  if (is_end(std::exchange(last_byte_, byte), byte) && dropped_ > kMostHeld) {
    found_ = true;
    held_ = {kEscape, byte};
    return;
  }
  constexpr std::size_t kMostCoded = 2 * limits::kMaxFrame;
  if (dropped_ > kMostCoded) burst_ = Burst::keys;
}

void PeerWatch::release(Bytes& keys) {
  for (const Byte byte : std::exchange(held_, {})) pass(byte, keys);
  frame_at_ = 0;
}

void PeerWatch::erase_passed(Bytes& keys) {
  keys.insert(keys.end(), std::min(std::exchange(passed_, 0), kMostErased), kErase);
}

/// Something that looks like a peer's may come in two parts.
Duration PeerWatch::patience() const {
  const bool message = burst_ == Burst::message && held_.size() >= 2;
  const bool frame = burst_ == Burst::foreign && held_.size() > kMostOfKey;
  const bool of_peer = begins_with_code(held_) || begins_with_hello(held_) || message || frame;
  if (held_.size() == 1 && held_[0] == kEscape) return std::max(pause_, kPatienceForKey);
  return of_peer ? kPatience : pause_;
}

Time PeerWatch::deadline() const {
  if (found_ || last_ == kNever) return kNever;
  if (burst_ == Burst::dropped) return last_ + pause_;
  return held_.empty() ? kNever : last_ + patience();
}

void PeerWatch::tick(Time now, Bytes& keys) {
  if (deadline() > now) return;
  if (is_typed(held_)) release(keys);
  held_.clear();
  begin_burst();
}

Bytes PeerWatch::take() {
  Bytes all = std::exchange(held_, {});
  found_ = false;
  begin_burst();
  first_ = true;
  return all;
}

}  // namespace serialtcp::wire
