#include "wire/altered_hello.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "wire/codec.h"

namespace serialtcp::wire {

namespace {

// Of the raw hello, behind its header and version: flags, and the session.
constexpr std::size_t kAnyFrom = 2;
constexpr std::size_t kAnyCount = 1 + sizeof(SessionId::value);
constexpr std::uint64_t kAnySession = 0x4141414141414141;  // not to be escaped

/// A byte of a hello on the line: a certain one, or any.
using Expected = std::optional<Byte>;

/// Empty if a field contains a byte that is escaped.
std::vector<Expected> expected_of(Hello hello) {
  hello.features = {};
  hello.session.value = kAnySession;
  std::array<Byte, kMaxHelloSize> buffer;
  base::Writer raw(buffer);
  write_hello(hello, raw);
  Bytes line;
  Encoder encoder;
  encoder.append_end(FrameEnd::plain, line);
  const std::size_t begin = line.size();
  encoder.append(raw.written(), line, Coding::doubled);
  if (line.size() != begin + raw.written().size()) return {};
  std::vector<Expected> expected(line.begin(), line.end());
  for (std::size_t i = 0; i < kAnyCount; ++i) expected[begin + kAnyFrom + i].reset();
  return expected;
}

/// Whether a hello begins here, of which each `value` arrives as `becomes`.
bool matches(ByteView heard, const std::vector<Expected>& expected, Byte value, ByteView becomes) {
  for (const Expected& byte : expected) {
    if (byte == value) {
      if (heard.size() < becomes.size() || !std::ranges::equal(heard.first(becomes.size()), becomes))
        return false;
      heard = heard.subspan(becomes.size());
    } else {
      if (heard.empty() || (byte ? heard[0] != *byte : heard[0] == value)) return false;
      heard = heard.subspan(1);
    }
  }
  return true;
}

int count(ByteView heard, const std::vector<Expected>& expected, Byte value, ByteView becomes) {
  int found = 0;
  for (; !heard.empty(); heard = heard.subspan(1)) found += matches(heard, expected, value, becomes) ? 1 : 0;
  return found;
}

std::optional<ByteChange> change(Byte value, ByteView becomes) {
  using Kind = ByteChange::Kind;
  if (becomes.empty()) return ByteChange{Kind::lost, value, 0};
  if (becomes.size() == 1) return ByteChange{Kind::replaced, value, becomes[0]};
  if (becomes[0] == value) return ByteChange{Kind::extended, value, becomes[1]};
  if (becomes[1] == value) return ByteChange{Kind::extended, value, becomes[0]};
  return std::nullopt;
}

/// What becomes of the escape character. It is the first byte of a hello, so what is before the second one shows it, in all
/// ends of frames alike.
std::optional<ByteChange> change_of_escape(ByteView heard, std::vector<Expected> expected, int hellos) {
  expected.erase(expected.begin());
  if (count(heard, expected, kEscape, {}) < hellos) return std::nullopt;
  std::set<Byte> before;
  std::set<Byte> two_before;
  for (std::size_t i = 2; i < heard.size(); ++i) {
    if (heard[i] != kEndPlain) continue;
    before.insert(heard[i - 1]);
    two_before.insert(heard[i - 2]);
  }
  using Kind = ByteChange::Kind;
  const bool same = before.size() == 1 && *before.begin() != kEndPlain;
  if (std::ranges::find(heard, kEscape) == heard.end()) {
    return same ? ByteChange{Kind::replaced, kEscape, *before.begin()} : ByteChange{Kind::lost, kEscape, 0};
  }
  if (!same || two_before != std::set{kEscape}) return std::nullopt;
  return ByteChange{Kind::extended, kEscape, *before.begin()};
}

/// What becomes of `value`, as the first occurrence in each possible hello suggests. Only one that never arrives can be
/// lost or replaced.
std::optional<ByteChange> change_of(Byte value, ByteView heard, const std::vector<Expected>& expected,
                                    int hellos) {
  if (value == kEscape) return change_of_escape(heard, expected, hellos);
  const auto first =
      static_cast<std::size_t>(std::ranges::find(expected, Expected(value)) - expected.begin());
  constexpr std::size_t kMost = 2;
  const bool arrives = std::ranges::find(heard, value) != heard.end();
  for (std::size_t size = arrives ? kMost : 0; size <= kMost; ++size) {
    for (std::size_t at = 0; at + first + size <= heard.size(); ++at) {
      const ByteView becomes = heard.subspan(at + first, size);
      if (!matches(heard.subspan(at), expected, value, becomes)) continue;
      if (count(heard, expected, value, becomes) < hellos) continue;
      if (const auto found = change(value, becomes)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<ByteChange> altered_hello(ByteView heard, const Hello& own, int hellos) {
  // A value that occurs in sessions may be altered in that of the peer, too, whose length is then unknown.
  std::set<Byte> values;
  for (const Expected& byte : expected_of(own)) {
    if (byte) values.insert(*byte);
  }
  Hello answered = own;
  answered.peer = own.session;
  for (const Hello& hello : {own, answered}) {
    const std::vector<Expected> expected = expected_of(hello);
    for (const Byte value : values) {
      if (const auto found = change_of(value, heard, expected, hellos)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace serialtcp::wire
