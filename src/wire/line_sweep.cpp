#include "wire/line_sweep.h"

#include <algorithm>
#include <array>
#include <optional>

#include "wire/terminal.h"

namespace serialtcp::wire {

namespace {

// Ctrl-C, Ctrl-D, Ctrl-O, Ctrl-Z, Ctrl-\, Ctrl-].
constexpr std::array<Byte, 6> kUnswept = {0x03, 0x04, 0x0F, 0x1A, 0x1C, 0x1D};
constexpr Byte kHighBit = 0x80;
// A terminal maps the ends of lines, or acts on keys that edit a line: Ctrl-R, Ctrl-U, Ctrl-V, Ctrl-W, DEL.
constexpr std::array<Byte, 7> kOfTerminals = {0x0A, 0x0D, 0x12, 0x15, 0x16, 0x17, 0x7F};
constexpr std::size_t kMostBetween = 4;

bool is_high(Byte c) {
  return (c >= 'A' && c <= 'P') || c == 'Z';
}
bool is_low(Byte c) {
  return (c >= 'a' && c <= 'p') || c == 'z';
}
Byte high(unsigned value) {
  return static_cast<Byte>('A' + (value >> 4U));
}
Byte low(unsigned value) {
  return static_cast<Byte>('a' + (value & 0xFU));
}

bool is_pair(ByteView text, std::size_t at) {
  return at + 1 < text.size() && is_high(text[at]) && is_low(text[at + 1]);
}

void put(unsigned value, Bytes& out) {
  out.push_back(static_cast<Byte>(value));
  out.push_back(high(value));
  out.push_back(low(value));
}

/// What is between the pair before and that of `value`.
std::optional<ByteView> between(ByteView sweep, unsigned value) {
  for (std::size_t at = 2; at + 1 < sweep.size(); ++at) {
    if (sweep[at] != high(value) || sweep[at + 1] != low(value)) continue;
    for (std::size_t size = 0; size <= std::min(kMostBetween, at - 2); ++size) {
      if (is_pair(sweep, at - 2 - size)) return sweep.subspan(at - size, size);
    }
  }
  return std::nullopt;
}

std::optional<ByteChange> change_of(ByteView sweep, unsigned value) {
  using Kind = ByteChange::Kind;
  const auto seen = between(sweep, value);
  const auto byte = static_cast<Byte>(value);
  if (!seen || seen->size() > 2) return std::nullopt;
  if (seen->empty()) return ByteChange{Kind::lost, byte, 0};
  if (seen->size() == 1) return ByteChange{Kind::replaced, byte, (*seen)[0]};
  const bool first = (*seen)[0] == byte;
  if (!first && (*seen)[1] != byte) return std::nullopt;
  return ByteChange{Kind::extended, byte, (*seen)[first ? 1 : 0]};
}

}  // namespace

const ByteSet& unswept() {
  static const ByteSet set = [] {
    ByteSet values;
    for (const Byte value : kUnswept) {
      values.set(value);
      values.set(value | kHighBit);
    }
    return values;
  }();
  return set;
}

Bytes make_sweep(const ByteSet& values) {
  Bytes out{'Z', 'z'};
  // What stops the output of a terminal is followed by what lets it go on.
  const auto stops = [](unsigned value) { return (value & ~unsigned{kHighBit}) == kXoff; };
  const auto goes_on = [](unsigned value) { return (value & ~unsigned{kHighBit}) == kXon; };
  for (unsigned value = 0; value < values.size(); ++value) {
    if (!values[value] || unswept()[value] || goes_on(value)) continue;
    put(value, out);
    if (stops(value)) put(value - kXoff + kXon, out);
  }
  for (const unsigned value : {unsigned{kXon}, unsigned{kXon | kHighBit}}) {
    if (values[value] && !values[value - kXon + kXoff]) put(value, out);
  }
  return out;
}

ByteSet arrived(ByteView sweep) {
  ByteSet good;
  for (std::size_t at = 0; at + 4 < sweep.size(); ++at) {
    const Byte value = sweep[at + 2];
    if (is_pair(sweep, at) && sweep[at + 3] == high(value) && sweep[at + 4] == low(value)) good.set(value);
  }
  return good;
}

std::vector<ByteChange> changes(ByteView sweep, const ByteSet& bad) {
  std::vector<ByteChange> all;
  bool stripped = true;
  for (unsigned value = 0; value < bad.size(); ++value) {
    if (unswept()[value]) continue;
    const auto change = bad[value] ? change_of(sweep, value) : std::nullopt;
    if (value >= kHighBit) {
      stripped = stripped && change && change->kind == ByteChange::Kind::replaced &&
                 change->other == (value & ~unsigned{kHighBit});
    }
    if (change) all.push_back(*change);
  }
  if (stripped) return {{ByteChange::Kind::seven_bits, kHighBit, 0}};
  return all;
}

ByteSet to_avoid(const ByteSet& arrived) {
  const ByteSet bad = ~(arrived | unswept());
  if (bad.none()) return bad;
  bool terminal = false;
  for (const Byte value : kOfTerminals) terminal = terminal || bad[value];
  ByteSet avoid = bad;
  if (terminal) {
    for (const Byte value : kUnswept) avoid.set(value);
  }
  return avoid;
}

}  // namespace serialtcp::wire
