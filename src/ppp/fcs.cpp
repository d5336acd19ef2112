#include "ppp/fcs.h"

#include <array>

namespace serialtcp::ppp {

namespace {

constexpr std::array<std::uint16_t, 256> kFcsTable = [] {
  constexpr unsigned kPolynomial = 0x8408;  // x^16 + x^12 + x^5 + 1, lowest bit first
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? (value >> 1U) ^ kPolynomial : value >> 1U;
    table[i] = static_cast<std::uint16_t>(value);
  }
  return table;
}();

}  // namespace

std::uint16_t fcs16(std::uint16_t fcs, ByteView bytes) {
  for (const Byte byte : bytes) {
    fcs = static_cast<std::uint16_t>((fcs >> 8U) ^ kFcsTable[(fcs ^ byte) & 0xFFU]);
  }
  return fcs;
}

}  // namespace serialtcp::ppp
