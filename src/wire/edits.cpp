#include "wire/edits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/cursor.h"
#include "wire/crc.h"

namespace serialtcp::wire {

namespace {

struct Tables {
  std::array<std::uint32_t, 256> step{};
  std::array<Byte, 256> index_of_top{};  // the index of the only entry that has this highest byte
};

constexpr Tables make_tables() {
  Tables tables;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) != 0 ? kCrcPolynomial : 0U);
    tables.step[byte] = value;
    tables.index_of_top[value >> 24] = static_cast<Byte>(byte);
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t step(std::uint32_t state, Byte byte) {
  return (state >> 8) ^ kTables.step[(state ^ byte) & 0xFFU];
}

/// The state from which `byte` led to `after`.
std::uint32_t step_back(std::uint32_t after, Byte byte) {
  const Byte index = kTables.index_of_top[after >> 24];
  return ((after ^ kTables.step[index]) << 8) | (index ^ std::uint32_t{byte});
}

/// The byte that leads from one state to another, if there is one.
std::optional<Byte> between(std::uint32_t before, std::uint32_t after) {
  const Byte index = kTables.index_of_top[after >> 24];
  if ((before >> 8) != (after ^ kTables.step[index])) return std::nullopt;
  return static_cast<Byte>(index ^ (before & 0xFFU));
}

class Search {
 public:
  Search(ByteView body, FrameEnd end, const CheckContext& context)
      : body_(body), covered_(body.first(body.size() - kCheckSize)), context_(context), end_(end) {
    std::uint32_t state = 0xFFFFFFFFU;
    for (const Byte byte : hidden_part(context)) state = step(state, byte);
    for (const Byte byte : covered_) {
      reached_.push_back(state);
      state = step(state, byte);
    }
    reached_.push_back(state);
    base::Reader check_in(body.last(kCheckSize));
    wanted_.resize(covered_.size() + 1);
    wanted_.back() =
        step_back(~static_cast<std::uint32_t>(check_in.little(kCheckSize)), static_cast<Byte>(end));
    for (std::size_t i = covered_.size(); i-- > 0;) wanted_[i] = step_back(wanted_[i + 1], covered_[i]);
  }

  std::vector<ByteChange> run() {
    find_in_covered();
    find_in_check();
    prefer_doubling();
    return std::move(changes_);
  }

 private:
  void find_in_covered() {
    using Kind = ByteChange::Kind;
    for (std::size_t i = 0; i <= covered_.size(); ++i) {
      if (const auto byte = between(reached_[i], wanted_[i]); byte && count(*byte) == 0)
        found({Kind::lost, *byte, 0});
      if (i == covered_.size()) break;
      if (const auto byte = between(reached_[i], wanted_[i + 1]); byte && count(*byte) == 0)
        found({Kind::replaced, *byte, covered_[i]});
      if (reached_[i] == wanted_[i + 1]) added(i);
    }
  }

  /// The change may also be in the check value itself, which then begins one byte earlier or later.
  void find_in_check() {
    using Kind = ByteChange::Kind;
    for (const std::size_t size : {kCheckSize - 1, kCheckSize, kCheckSize + 1}) {
      if (body_.size() < size) continue;
      std::uint32_t state = 0xFFFFFFFFU;
      for (const Byte byte : hidden_part(context_)) state = step(state, byte);
      for (const Byte byte : body_.first(body_.size() - size)) state = step(state, byte);
      const std::uint32_t value = ~step(state, static_cast<Byte>(end_));
      std::array<Byte, kCheckSize> check{};
      base::Writer writer(check);
      writer.little(value, kCheckSize);
      const ByteView heard = body_.last(size);
      std::size_t same = 0;
      while (same < std::min(size, kCheckSize) && heard[same] == check[same]) ++same;
      const ByteView rest = ByteView(check).subspan(std::min(same, kCheckSize));
      const ByteView heard_rest = heard.subspan(same);
      if (size < kCheckSize && std::ranges::equal(rest.subspan(1), heard_rest) && count(rest[0]) == 0)
        found({Kind::lost, rest[0], 0});
      if (size == kCheckSize && !rest.empty() && std::ranges::equal(rest.subspan(1), heard_rest.subspan(1)) &&
          count(rest[0]) == 0)
        found({Kind::replaced, rest[0], heard_rest[0]});
      if (size > kCheckSize && std::ranges::equal(rest, heard_rest.subspan(1)))
        added(body_.size() - size + same);
    }
  }

  /// An added byte that is a copy of one neighbour was not caused by the other neighbour.
  void prefer_doubling() {
    for (const ByteChange doubled : std::vector<ByteChange>(changes_)) {
      if (doubled.kind != ByteChange::Kind::extended || doubled.value != doubled.other) continue;
      std::erase_if(changes_, [&](const ByteChange& change) {
        return change.kind == doubled.kind && change.other == doubled.other && change.value != change.other;
      });
    }
  }

  std::size_t count(Byte byte) const { return static_cast<std::size_t>(std::ranges::count(body_, byte)); }

  /// The byte at this position was added. Which of its neighbours caused this is not known.
  void added(std::size_t at) {
    for (const std::size_t beside : {at - 1, at + 1}) {
      if (beside >= body_.size()) continue;
      const std::size_t expected = body_[beside] == body_[at] ? 2 : 1;
      if (count(body_[beside]) == expected) found({ByteChange::Kind::extended, body_[beside], body_[at]});
    }
  }

  void found(const ByteChange& change) {
    if (std::ranges::find(changes_, change) == changes_.end()) changes_.push_back(change);
  }

  ByteView body_;
  ByteView covered_;
  CheckContext context_;
  FrameEnd end_;
  std::vector<std::uint32_t> reached_;  // the state before each byte, from the beginning
  std::vector<std::uint32_t> wanted_;   // the state before each byte that leads to the check value
  std::vector<ByteChange> changes_;
};

}  // namespace

std::vector<ByteChange> single_edits(ByteView body, FrameEnd end, const CheckContext& context) {
  if (body.size() <= kCheckSize) return {};
  return Search(body, end, context).run();
}

}  // namespace serialtcp::wire
