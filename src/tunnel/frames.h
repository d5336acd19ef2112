// The frame that is being sent, and the frame that was received.
#pragma once

#include <cstddef>
#include <cstdint>

#include "link/sender.h"
#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"
#include "tunnel/guard.h"
#include "wire/chunk.h"
#include "wire/frame.h"

namespace serialtcp::tunnel {

/// Raw bytes of a frame before the bytes of the long DATA chunk: header, control chunks, short DATA chunks.
inline constexpr std::size_t kHeadRoom = 768;
inline constexpr std::size_t kHeaderRoom = 5;
/// Upper bound of what surrounds the chunks: the header, an ack and the check value or seal.
inline constexpr std::size_t kTailRoom = kHeaderRoom + 2 * limits::kMaxAckRanges + 6 + FrameGuard::kMaxSize;

/// A frame that has begun and not ended. Only a long DATA chunk at its end is still being written.
struct OpenFrame {
  FrameGuard guard;
  link::SentFrame record = {};
  std::size_t raw_size = 0;
  StreamId stream = {};  ///< of the long chunk; none if there is none
  std::uint64_t next_offset = 0;
  std::size_t budget = 0;                        ///< payload bytes that still fit
  wire::Packing packing = wire::Packing::plain;  ///< of the long chunk
  std::uint64_t datagram = 0;                    ///< that the long chunk belongs to
  std::size_t part = 0;                          ///< length of the parts of the long chunk; 0: it has none
  std::size_t part_left = 0;                     ///< payload bytes until the check value of this part
};

/// A frame with a correct check value or seal.
struct HeardFrame {
  std::uint64_t number = 0;
  wire::FrameHeader header;
  ByteView body;  ///< after the header
};

/// How the peer knows where the bytes of a DATA chunk end.
enum class DataEnd : std::uint8_t {
  counted,     ///< by a length
  with_frame,  ///< they end with the frame
  open,        ///< they end with the frame, which may end before all bytes were sent
};

}  // namespace serialtcp::tunnel
