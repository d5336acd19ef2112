#include "wire/repair.h"

#include <array>
#include <bit>

#include "base/cursor.h"
#include "wire/crc.h"

namespace serialtcp::wire {

namespace {

constexpr unsigned kRegisterBits = 32;

/// For the highest byte of a CRC register after a step by one zero byte: the value that the step has XORed
/// into it, shifted back, and in the lowest byte the index of that value, which the step has shifted out.
using StepBackTable = std::array<std::uint32_t, 256>;

constexpr StepBackTable make_step_back_table() {
  StepBackTable table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t mixed = byte;
    for (int bit = 0; bit < 8; ++bit) mixed = (mixed >> 1) ^ ((mixed & 1U) != 0 ? kCrcPolynomial : 0U);
    table[mixed >> 24] = (mixed << 8) | byte;
  }
  return table;
}

constexpr StepBackTable kStepBack = make_step_back_table();

/// The register before it was shifted by one zero byte.
std::uint32_t step_back(std::uint32_t state) {
  return (state << 8) ^ kStepBack[state >> 24];
}

unsigned length_of(std::uint32_t burst) {
  return static_cast<unsigned>(std::bit_width(burst)) - static_cast<unsigned>(std::countr_zero(burst));
}

/// Errors that begin in one byte. The lowest bit of the register comes first, as on the line.
struct Burst {
  std::size_t at = 0;
  std::uint32_t bits = 0;
};

/// The shortest burst that is shifted to `difference` by the `covered` bytes and the byte that ends the
/// frame.
std::optional<Burst> locate(std::uint32_t difference, std::size_t covered, std::size_t known) {
  Burst best{covered, difference};  // in the check value itself
  unsigned shortest = length_of(difference);
  bool only = true;
  std::uint32_t bits = step_back(difference);
  for (std::size_t at = covered; at-- > 0;) {
    bits = step_back(bits);
    const unsigned length = length_of(bits);
    if ((bits & 0xFFU) == 0 || length > shortest || length > kLongestBurst) continue;
    const std::size_t bits_left = (covered - at) * 8;
    if (bits_left < kRegisterBits && (bits >> bits_left) != 0) continue;
    only = length < shortest;
    shortest = length;
    best = {at, bits};
  }
  if (shortest > kLongestBurst || !only || best.at < known) return std::nullopt;
  return best;
}

}  // namespace

std::optional<Bytes> repair(ByteView body, std::size_t known, FrameEnd end, const CheckContext& context) {
  if (body.size() < known + kCheckSize) return std::nullopt;
  const ByteView covered = body.first(body.size() - kCheckSize);
  CheckValue check(context);
  check.add(covered);
  base::Reader check_in(body.last(kCheckSize));
  const std::uint32_t difference =
      check.finish(end) ^ static_cast<std::uint32_t>(check_in.little(kCheckSize));
  if (difference == 0) return std::nullopt;
  const std::optional<Burst> burst = locate(difference, covered.size(), known);
  if (!burst) return std::nullopt;
  Bytes repaired(covered.begin(), covered.end());
  std::uint32_t bits = burst->bits;
  for (std::size_t i = burst->at; i < repaired.size() && bits != 0; ++i, bits >>= 8) {
    repaired[i] = static_cast<Byte>(repaired[i] ^ (bits & 0xFFU));
  }
  return repaired;
}

}  // namespace serialtcp::wire
