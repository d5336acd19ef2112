// Piece: what a stream has to send next, as one DATA chunk.
#pragma once

#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "wire/chunk.h"

namespace serialtcp::mux {

struct Piece {
  std::uint64_t offset = 0;
  ByteView bytes;  ///< all of one kind, and of one datagram; valid until the next change of the stream
  wire::Packing packing = wire::Packing::plain;
  std::uint64_t datagram = 0;                ///< the number of the datagram; 0 for a stream of bytes
  std::optional<std::uint32_t> begins = {};  ///< the size of the datagram that begins here
};

}  // namespace serialtcp::mux
