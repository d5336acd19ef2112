#include "wire/line_message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/byte_runs.h"
#include "wire/crc.h"
#include "wire/terminal.h"

namespace serialtcp::wire {

namespace {

constexpr Byte kFirst = '_';
constexpr Byte kSecond = '=';
// Without I, L, O and U, which are easily taken for others.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned kDigitBits = 5;
constexpr unsigned kDigitMask = 31;
constexpr std::size_t kMessageHead = 3;  // with the kind
constexpr Byte kTilde = '~';
constexpr std::size_t kTokenDigits = 8;
constexpr std::size_t kSetDigits = 52;
constexpr std::size_t kCheckDigits = 7;
constexpr Byte kNoDigit = 0xFF;

constexpr std::array<Byte, 256> digit_values() {
  std::array<Byte, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<Byte>(i);
  return values;
}
constexpr std::array<Byte, 256> kDigitValues = digit_values();

/// The size of a message of this kind; 0 if there is none.
std::size_t size_of(Byte kind) {
  constexpr std::size_t kBare = kMessageHead + kTokenDigits + kCheckDigits;
  switch (static_cast<LineMessage::Kind>(kind)) {
    case LineMessage::Kind::probe:
    case LineMessage::Kind::sweep:
    case LineMessage::Kind::swept:
    case LineMessage::Kind::filler:
    case LineMessage::Kind::go_on:
      return kBare;
    case LineMessage::Kind::report:
      return kBare + kTokenDigits + 1 + kSetDigits;
    case LineMessage::Kind::announce:
      return kBare + 1 + kSetDigits;
  }
  return 0;
}

void put(std::uint64_t value, std::size_t digits, Bytes& out) {
  for (std::size_t i = 0; i < digits; ++i) {
    out.push_back(static_cast<Byte>(kDigits[value & kDigitMask]));
    value >>= kDigitBits;
  }
}

void put(const ByteSet& set, Bytes& out) {
  for (std::size_t digit = 0; digit < kSetDigits; ++digit) {
    unsigned value = 0;
    for (std::size_t bit = 0; bit < kDigitBits; ++bit) {
      const std::size_t at = digit * kDigitBits + bit;
      if (at < set.size() && set[at]) value |= 1U << bit;
    }
    put(value, 1, out);
  }
}

std::uint64_t take(ByteView& text, std::size_t digits) {
  std::uint64_t value = 0;
  for (std::size_t i = digits; i-- > 0;) value = value << kDigitBits | kDigitValues[text[i]];
  text = text.subspan(digits);
  return value;
}

ByteSet take_set(ByteView& text) {
  ByteSet set;
  for (std::size_t digit = 0; digit < kSetDigits; ++digit) {
    const std::uint64_t value = take(text, 1);
    for (std::size_t bit = 0; bit < kDigitBits; ++bit) {
      const std::size_t at = digit * kDigitBits + bit;
      if (at < set.size() && (value >> bit & 1U) != 0) set.set(at);
    }
  }
  return set;
}

std::uint32_t check_of(ByteView text) {
  return ~crc32c_update(~std::uint32_t{0}, text);
}

/// `text` is complete, and consists of digits after its head.
std::optional<LineMessage> read(ByteView text) {
  const ByteView covered = text.subspan(2, text.size() - 2 - kCheckDigits);
  ByteView check = text.last(kCheckDigits);
  if (take(check, kCheckDigits) != check_of(covered)) return std::nullopt;
  LineMessage message{.kind = static_cast<LineMessage::Kind>(covered[0]), .token = {}};
  ByteView rest = covered.subspan(1);
  message.token.value = take(rest, kTokenDigits);
  if (message.kind == LineMessage::Kind::report) {
    message.peer.value = take(rest, kTokenDigits);
    message.complete = take(rest, 1) != 0;
    message.arrived = take_set(rest);
  } else if (message.kind == LineMessage::Kind::announce) {
    const std::uint64_t mode = take(rest, 1);
    message.coding = {static_cast<LineMode>(mode), take_set(rest)};
    const bool known = mode <= static_cast<std::uint64_t>(LineMode::lines);
    if (!known || !is_possible(message.coding)) return std::nullopt;
  }
  return message;
}

}  // namespace

Bytes write_line_message(const LineMessage& message) {
  Bytes text{kFirst, kSecond, static_cast<Byte>(message.kind)};
  put(message.token.value, kTokenDigits, text);
  if (message.kind == LineMessage::Kind::report) {
    put(message.peer.value, kTokenDigits, text);
    put(message.complete ? 1 : 0, 1, text);
    put(message.arrived, text);
  } else if (message.kind == LineMessage::Kind::announce) {
    put(static_cast<std::uint64_t>(message.coding.mode), 1, text);
    put(message.coding.avoided, text);
  }
  put(check_of(ByteView(text).subspan(2)), kCheckDigits, text);
  return text;
}

MessageCandidate::State MessageCandidate::push(Byte byte) {
  bytes_.push_back(byte);
  if (bytes_.size() == 1) return byte == kFirst ? State::incomplete : State::none;
  if (bytes_[1] != kSecond) return State::none;
  if (bytes_.size() < kMessageHead) return State::incomplete;
  const std::size_t size = size_of(bytes_[2]);
  if (size == 0 || (bytes_.size() > kMessageHead && kDigitValues[byte] == kNoDigit)) return State::none;
  return bytes_.size() < size ? State::incomplete : State::complete;
}

std::optional<LineMessage> MessageCandidate::read() const {
  return wire::read(bytes_);
}

std::size_t MessageCandidate::find(ByteView bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    at += base::run_before(bytes.subspan(at), kFirst);
    if (at + 1 >= bytes.size() || bytes[at + 1] == kSecond) break;
    ++at;
  }
  return std::min(at, bytes.size());
}

std::optional<LineSplitter::Item> LineSplitter::next(ByteView& bytes) {
  using State = MessageCandidate::State;
  while (!bytes.empty()) {
    if (std::exchange(xon_follows_, false) && bytes[0] == kXon) {
      bytes = bytes.subspan(1);
      continue;
    }
    if (candidate_.empty()) {
      const std::size_t run = MessageCandidate::find(bytes);
      if (run > 0) {
        const ByteView data = bytes.first(run);
        bytes = bytes.subspan(run);
        return Item{.data = data, .message = {}};
      }
    }
    const Byte byte = bytes[0];
    bytes = bytes.subspan(1);
    const State state = candidate_.push(byte);
    if (state == State::incomplete) continue;
    if (state == State::complete) {
      if (auto message = candidate_.read()) {
        candidate_.clear();
        xon_follows_ = message->kind == LineMessage::Kind::go_on;
        return Item{.data = {}, .message = message};
      }
    }
    // All but a last byte that may begin a message. Nothing else in it can: "_" is no digit.
    released_ = candidate_.bytes();
    candidate_.clear();
    if (byte == kFirst) {
      released_.pop_back();
      candidate_.push(byte);
    }
    return Item{.data = released_, .message = {}};
  }
  return std::nullopt;
}

std::size_t LineGuard::follow(ByteView bytes) {
  const std::size_t limit = before_tilde(bytes);
  const std::size_t free = before_message(bytes.first(limit));
  if (free == limit && limit < bytes.size()) candidate_.clear();
  if (!bytes.empty()) last_ = bytes[std::min(free, bytes.size() - 1)];
  return free;
}

std::size_t LineGuard::before_tilde(ByteView bytes) const {
  if (tilde_ == Tilde::as_it_is) return bytes.size();
  std::size_t at = 0;
  while ((at += base::run_before(bytes.subspan(at), kTilde)) < bytes.size()) {
    const Byte before = at > 0 ? bytes[at - 1] : last_;
    if (before == '\r' || before == '\n') return at;
    ++at;
  }
  return bytes.size();
}

std::size_t LineGuard::before_message(ByteView bytes) {
  using State = MessageCandidate::State;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (candidate_.empty()) at += MessageCandidate::find(bytes.subspan(at));
    if (at == bytes.size()) break;
    const Byte byte = bytes[at];
    const State state = candidate_.push(byte);
    if (state != State::incomplete) {
      const bool is_message = state == State::complete && candidate_.read();
      candidate_.clear();
      if (is_message) return at;
      if (byte == kFirst) candidate_.push(byte);
    }
    ++at;
  }
  return bytes.size();
}

}  // namespace serialtcp::wire
