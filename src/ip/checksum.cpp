#include "ip/checksum.h"

#include <cstddef>

namespace serialtcp::ip {

Checksum& Checksum::add(ByteView bytes) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum_ += static_cast<std::uint32_t>(bytes[i] << 8U | bytes[i + 1]);
  if (i < bytes.size()) sum_ += static_cast<std::uint32_t>(bytes[i] << 8U);
  return *this;
}

std::uint16_t Checksum::folded() const {
  std::uint64_t sum = sum_;
  while (sum > 0xFFFFU) sum = (sum >> 16U) + (sum & 0xFFFFU);
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) {
  Checksum sum;
  sum.add(static_cast<std::uint16_t>(~checksum)).add(static_cast<std::uint16_t>(~old_word)).add(new_word);
  return sum.value();
}

}  // namespace serialtcp::ip
