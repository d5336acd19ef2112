#include "wire/line_message.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/byte_runs.h"
#include "wire/crc.h"

namespace serialtcp::wire {

namespace {

constexpr Byte kFirst = '_';
constexpr Byte kSecond = '=';
// Without I, L, O and U, which are easily taken for others.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned kDigitBits = 5;
constexpr unsigned kDigitMask = 31;
constexpr std::size_t kHead = 3;  // with the kind
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
  constexpr std::size_t kBare = kHead + kTokenDigits + kCheckDigits;
  switch (static_cast<LineMessage::Kind>(kind)) {
    case LineMessage::Kind::probe:
    case LineMessage::Kind::sweep:
    case LineMessage::Kind::swept:
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

LineSplitter::Candidate LineSplitter::judge() const {
  if (held_.size() > 1 && held_[1] != kSecond) return Candidate::no;
  if (held_.size() < kHead) return Candidate::incomplete;
  const std::size_t size = size_of(held_[2]);
  if (size == 0 || (held_.size() > kHead && kDigitValues[held_.back()] == kNoDigit)) return Candidate::no;
  return held_.size() < size ? Candidate::incomplete : Candidate::complete;
}

std::optional<LineSplitter::Item> LineSplitter::next(ByteView& bytes) {
  while (!bytes.empty()) {
    if (held_.empty()) {
      const std::size_t run = base::run_before(bytes, kFirst);
      if (run > 0) {
        Item item{.data = Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(run)),
                  .message = {}};
        bytes = bytes.subspan(run);
        return item;
      }
    }
    held_.push_back(bytes[0]);
    bytes = bytes.subspan(1);
    const Candidate candidate = judge();
    if (candidate == Candidate::incomplete) continue;
    if (candidate == Candidate::complete) {
      if (auto message = read(held_)) {
        held_.clear();
        return Item{.data = {}, .message = message};
      }
    }
    // All but a last byte that may begin a message. Nothing else in it can: "_" is no digit.
    const bool begins = held_.back() == kFirst && held_.size() > 1;
    Item item{.data = std::move(held_), .message = {}};
    held_.clear();
    if (begins) {
      item.data.pop_back();
      held_.push_back(kFirst);
    }
    return item;
  }
  return std::nullopt;
}

}  // namespace serialtcp::wire
