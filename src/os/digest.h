// Digest: a cryptographic hash (BLAKE2b, RFC 7693) of bytes that come in pieces, to tell whether two files are the same.
#pragma once

#include <array>
#include <cstddef>

#include "serialtcp/bytes.h"

namespace serialtcp::io {

class Digest {
 public:
  static constexpr std::size_t kSize = 32;
  using Value = std::array<Byte, kSize>;

  Digest();

  void add(ByteView bytes);
  /// Of what has been added until now; more may be added.
  Value value() const;

 private:
  static constexpr std::size_t kState = 384;

  alignas(64) std::array<Byte, kState> state_ = {};
};

}  // namespace serialtcp::io
