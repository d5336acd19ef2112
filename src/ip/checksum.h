// The checksum of IP, TCP, UDP and ICMP (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::ip {

class Checksum {
 public:
  /// Only the last piece may have an odd number of bytes.
  Checksum& add(ByteView bytes);
  Checksum& add(std::uint32_t value) {
    sum_ += value;
    return *this;
  }

  /// What belongs into the field of the checksum, if the sum has been made with 0 there. 0 if the bytes contain the
  /// right checksum.
  std::uint16_t value() const { return static_cast<std::uint16_t>(~folded()); }
  /// The sum in 16 bits. 0 and FFFF mean the same, and 0 is only that of bytes that are all 0.
  std::uint16_t folded() const;

 private:
  std::uint64_t sum_ = 0;
};

/// A checksum after a word that it covers has changed (RFC 1624, equation 3).
std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word);

}  // namespace serialtcp::ip
