// Chunks: what a frame carries. docs/protocol.md, "Chunks". A chunk is parsed once, here, into a value.
//
// clang-format off
//   DATA      1 E L sssss  [stream]  [offset:2..3]  [length]  bytes   L = 0: the bytes run to the frame's end
//   OPEN      01  index  generation:1  flags:1  service  [length name]
//   FIN       02  stream  offset:3                                    the stream ends at this offset
//   RESET     03  stream  reason:1
//   CREDIT    04  stream  limit:2                                     offsets below limit * 256 may be sent
//   RELEASE   05  index  generation:1                                 the opener may use the index again
//   PACKED    06  DATA                                               a DATA whose bytes are packed
//   DATAGRAM  08  size  DATA                                         a DATA that begins a datagram of this size
//   SERVICES  40  length  part:1  parts:1  names                      wire/services.h
//   CANDIDATE 41  length=10  number:2  fingerprint:8                  a damaged frame, and what it may have been
//   CONFIRMED 42  length=2  number:2                                  it was
//   ENDING    43  length  kind:1  ...                                 about the end of streams and of links:
//               0 stream   STOP: the sender reads no more of this stream
//               1          LEAVING: the sender ends as soon as everything is delivered
//               2 bytes:8  LEFT: so much is still to be delivered to the receiver
//   TURN      44  length>=4  number:1  flags:1  longest:2             the other end may talk now
//   ARRIVED   45  length>=5  bytes:2  span:3                          how the other end's turn came in
//   46..7F    length  bytes                                           not known to this version: skipped
// clang-format on
//
// stream, index, length, service: LEB128. stream = index * 2, plus 1 if the receiver of the frame opened it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/cursor.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"
#include "serialtcp/service.h"

namespace serialtcp::wire {

enum class OpenedBy : std::uint8_t { sender, receiver };

/// A stream as a frame names it.
struct WireStream {
  std::uint32_t index = 0;
  OpenedBy opened_by = OpenedBy::sender;
  bool operator==(const WireStream&) const = default;
};

/// A truncated stream offset: its low 15 or 23 bits.
struct WireOffset {
  std::uint32_t low = 0;
  unsigned bits = 15;
};

inline constexpr std::size_t kCreditUnit = 256;
inline constexpr std::chrono::microseconds kSpanUnit{16};

/// What the bytes of a DATA chunk are. docs/protocol.md, "Packed data".
enum class Packing : std::uint8_t { plain, packed };

namespace chunk {

struct Data {
  WireStream stream;
  std::optional<WireOffset> offset;  ///< none: right where the receiver is
  ByteView bytes;                    ///< of the frame's body
  Packing packing = Packing::plain;
  std::optional<std::uint32_t> begins = {};  ///< the size of the datagram that begins with these bytes
};
struct Open {
  std::uint32_t index = 0;
  std::uint8_t generation = 0;
  ServiceId service = {};
  std::string_view name = {};  ///< empty, or a service name; of the frame's body
  Priority priority = Priority::automatic;
  StreamKind kind = StreamKind::bytes;
};
struct Fin {
  WireStream stream;
  std::uint32_t offset_low24 = 0;
};
struct Reset {
  WireStream stream;
  ResetReason reason = ResetReason::aborted;
};
struct Credit {
  WireStream stream;
  std::uint32_t limit_low16 = 0;
};
struct Release {
  std::uint32_t index = 0;
  std::uint8_t generation = 0;
};
/// The sender ends: of a sealed link, where a hello's word counts for nothing.
struct Leave {};
struct Services {
  std::uint8_t part = 0;
  std::uint8_t parts = 1;
  ByteView names;  ///< of the frame's body
};
/// A frame of the other end's came damaged, and could be mended into one with this fingerprint.
struct Candidate {
  std::uint16_t number_low16 = 0;
  std::uint64_t fingerprint = 0;
};
/// That is what it was.
struct Confirmed {
  std::uint16_t number_low16 = 0;
};
/// The sender reads no more of this stream: its peer need not send anything of it.
struct Stop {
  WireStream stream;
};
/// The sender ends as soon as both ends have delivered what they have, and waits for Left.
struct Leaving {};
/// The answer to Leaving: bytes that the sender still has to deliver to the receiver.
struct Left {
  std::uint64_t bytes = 0;
};
/// On a half-duplex line: with the end of this frame, the receiver may talk.
struct Turn {
  std::uint8_t number = 0;
  bool more = false;             ///< the sender wants the turn back
  bool taken = false;            ///< it was not given to the sender, who took it after silence
  std::uint16_t longest_ms = 0;  ///< that a turn of the sender may last
};
/// How the receiver's last turn came in here.
struct Arrived {
  std::uint16_t bytes = 0;  ///< behind those that were read first
  std::uint32_t span = 0;   ///< from the first ones to the last, in units of kSpanUnit; below 2^24
};
struct Unknown {};

}  // namespace chunk

using Chunk = std::variant<chunk::Data, chunk::Open, chunk::Fin, chunk::Reset, chunk::Credit, chunk::Release,
                           chunk::Leave, chunk::Services, chunk::Candidate, chunk::Confirmed, chunk::Stop,
                           chunk::Leaving, chunk::Left, chunk::Turn, chunk::Arrived, chunk::Unknown>;

/// The longest chunk but for a DATA's bytes, a name and SERVICES.
inline constexpr std::size_t kMaxChunkHead = 16;
/// The longest OPEN.
inline constexpr std::size_t kMaxOpen = kMaxChunkHead + limits::kMaxServiceName;
/// The longest SERVICES.
inline constexpr std::size_t kMaxServicesChunk = 255;

/// Says that the DATA chunk that follows is packed.
void write_packed_mark(base::Writer& out);
/// Says that the DATA chunk that follows begins a datagram of so many bytes, limits::kMaxDatagram at most.
void write_datagram_mark(std::uint32_t size, base::Writer& out);
/// The head of a DATA chunk; the bytes follow it. Without `length` they run to the end of the frame.
void write_data_head(WireStream stream, std::optional<WireOffset> offset, std::optional<std::uint32_t> length,
                     base::Writer& out);
void write_chunk(const chunk::Open& open, base::Writer& out);
void write_chunk(const chunk::Fin& fin, base::Writer& out);
void write_chunk(const chunk::Reset& reset, base::Writer& out);
void write_chunk(const chunk::Credit& credit, base::Writer& out);
void write_chunk(const chunk::Release& release, base::Writer& out);
void write_chunk(const chunk::Leave& leave, base::Writer& out);
void write_chunk(const chunk::Services& services, base::Writer& out);
void write_chunk(const chunk::Candidate& candidate, base::Writer& out);
void write_chunk(const chunk::Confirmed& confirmed, base::Writer& out);
void write_chunk(const chunk::Stop& stop, base::Writer& out);
void write_chunk(const chunk::Leaving& leaving, base::Writer& out);
void write_chunk(const chunk::Left& left, base::Writer& out);
void write_chunk(const chunk::Turn& turn, base::Writer& out);
void write_chunk(const chunk::Arrived& arrived, base::Writer& out);

/// The next chunk; nothing when it is malformed. The reader must not be empty.
std::optional<Chunk> read_chunk(base::Reader& in);

/// The shortest offset form that cannot be misread while no more than `spread` bytes of the stream are under
/// way.
WireOffset truncate_offset(std::uint64_t offset, std::uint64_t spread);
/// The longer one of the two.
WireOffset long_offset(std::uint64_t offset);

}  // namespace serialtcp::wire
