// Chunks are the contents of a frame. docs/protocol.md, "Chunks". A chunk is parsed into a value here, and
// nowhere else.
//
// clang-format off
//   DATA      1 E L sssss  [stream]  [offset:2..3]  [length]  bytes   L = 0: the bytes run to the frame's end
//   OPEN      01  index  generation:1  flags:1  service  [length name]
//   FIN       02  stream  offset:3                                    the stream ends at this offset
//   RESET     03  stream  reason:1
//   CREDIT    04  stream  limit:2                                     offsets below limit * 256 may be sent
//   RELEASE   05  index  generation:1                                 the opener may use the index again
//   PACKED    06  DATA                                                a DATA whose bytes are packed
//   LEAVE     07                                                      the sender ends
//   DATAGRAM  08  size  DATA                                          a DATA that begins a datagram of this size
//   SERVICES  40  length  part:1  parts:1  names                      wire/services.h
//   CANDIDATE 41  length=10  number:2  fingerprint:8                  a damaged frame, and a guess what it was
//   CONFIRMED 42  length=2  number:2                                  the guess is right
//   ENDING    43  length  kind:1  ...                                 the end of streams and of links:
//               0 stream   STOP: the sender reads no more of this stream
//               1          LEAVING: the sender ends as soon as everything is delivered
//               2 bytes:8  LEFT: so many bytes are still to be delivered to the receiver
//   TURN      44  length>=4  number:1  flags:1  longest:2             the receiver may send now
//   ARRIVED   45  length>=5  bytes:2  span:3                          how the receiver's last turn arrived
//   SPEED     46  length>=1  kind:1  ...                              the speed of the line
//               0 ( speed:4 )*        RUNGS: what the sender's port can be set to
//               1 number:1 speed:4    PROPOSE   2 number:1 READY   3 number:1 GO: a change of the speed
//               4 number:1 bytes      PROBE: only its arrival counts
//               5 lost:2              LOSS: so many of 1000 bytes that the sender has sent were lost
//   PARTS     47  length>=1  units:1  DATA                            a DATA with check values within: wire/parts.h
//   48..7F    length  bytes                                           not known to this version: skipped
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

/// A stream as it is named in a frame.
struct WireStream {
  std::uint32_t index = 0;
  OpenedBy opened_by = OpenedBy::sender;
  bool operator==(const WireStream&) const = default;
};

inline constexpr unsigned kShortOffsetBits = 15;
inline constexpr unsigned kLongOffsetBits = 23;

/// A truncated stream offset: its low bits, in one of the two lengths.
struct WireOffset {
  std::uint32_t low = 0;
  unsigned bits = kShortOffsetBits;
};

inline constexpr std::size_t kCreditUnit = 256;
inline constexpr std::chrono::microseconds kSpanUnit{16};

/// What the bytes of a DATA chunk are. docs/protocol.md, "Packed data".
enum class Packing : std::uint8_t { plain, packed };

namespace chunk {

struct Data {
  WireStream stream;
  std::optional<WireOffset> offset;  ///< empty: the one that the receiver expects
  ByteView bytes;                    ///< a view of the frame's body
  Packing packing = Packing::plain;
  std::optional<std::uint32_t> begins = {};  ///< the size of the datagram that begins with these bytes
  /// The length of its parts, of which all but the last are followed by a check value (wire/parts.h); 0: it has none.
  std::uint32_t part = 0;
};
struct Open {
  std::uint32_t index = 0;
  std::uint8_t generation = 0;
  ServiceId service = {};
  std::string_view name = {};  ///< empty, or a service name; a view of the frame's body
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
/// The sender ends. On a sealed link, a goodbye in a hello does not count.
struct Leave {};
struct Services {
  std::uint8_t part = 0;
  std::uint8_t parts = 1;
  ByteView names;  ///< a view of the frame's body
};
/// A frame from the receiver of this chunk arrived damaged. Repaired, it has this fingerprint.
struct Candidate {
  std::uint16_t number_low16 = 0;
  std::uint64_t fingerprint = 0;
};
/// The fingerprint is that of the frame as it was sent.
struct Confirmed {
  std::uint16_t number_low16 = 0;
};
/// The sender reads no more of this stream: the receiver need not send the rest of it.
struct Stop {
  WireStream stream;
};
/// The sender ends as soon as both ends have delivered what they have, and waits for Left.
struct Leaving {};
/// The answer to Leaving: how many bytes the sender still has to deliver to the receiver.
struct Left {
  std::uint64_t bytes = 0;
};
/// On a half-duplex line: after the end of this frame, the receiver may send.
struct Turn {
  std::uint8_t number = 0;
  bool more = false;             ///< the sender requests the turn back
  bool taken = false;            ///< the sender's turn was not passed to it; it took it after silence
  std::uint16_t longest_ms = 0;  ///< the longest time that a turn of the sender may last
};
/// How the receiver's last turn arrived at the sender; without turns, how much has arrived in total
/// (docs/protocol.md, "Detection").
struct Arrived {
  std::uint16_t bytes = 0;  ///< after those that were read first
  std::uint32_t span = 0;   ///< from the first bytes to the last, in units of kSpanUnit; below 2^24
};
/// About the speed of the line (docs/protocol.md, "The speed of the line").
struct Speed {
  enum class Kind : std::uint8_t { rungs = 0, propose = 1, ready = 2, go = 3, probe = 4, loss = 5 };
  Kind kind = Kind::rungs;
  std::uint8_t number = 0;     ///< of the attempt; of propose, ready, go, probe
  std::uint32_t speed = 0;     ///< of propose, in bits per second
  std::uint16_t permille = 0;  ///< of loss
  ByteView bytes = {};         ///< of rungs (4 each) and probe: a view of the frame's body
};
struct Unknown {};

}  // namespace chunk

using Chunk =
    std::variant<chunk::Data, chunk::Open, chunk::Fin, chunk::Reset, chunk::Credit, chunk::Release,
                 chunk::Leave, chunk::Services, chunk::Candidate, chunk::Confirmed, chunk::Stop,
                 chunk::Leaving, chunk::Left, chunk::Turn, chunk::Arrived, chunk::Speed, chunk::Unknown>;

/// Bytes of the longest chunk, without the bytes of a DATA, a service name, and SERVICES.
inline constexpr std::size_t kMaxChunkHead = 16;
/// Bytes of the longest OPEN.
inline constexpr std::size_t kMaxOpen = kMaxChunkHead + limits::kMaxServiceName;
/// Bytes of the longest SERVICES.
inline constexpr std::size_t kMaxServicesChunk = 255;

/// Bytes of RUNGS and PROBE.
inline constexpr std::size_t kMaxSpeedBytes = 128;

/// Marks the DATA chunk that follows as packed.
void write_packed_mark(base::Writer& out);
/// Marks the DATA chunk that follows, or the mark of a packed one, as divided into parts of this length (wire/parts.h).
void write_parts_mark(std::size_t part, base::Writer& out);
/// Marks the DATA chunk that follows as the beginning of a datagram of `size` bytes (at most
/// limits::kMaxDatagram).
void write_datagram_mark(std::uint32_t size, base::Writer& out);
/// The head of a DATA chunk; its bytes follow. Without `length` they run to the end of the frame.
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
/// At most kMaxSpeedBytes `bytes`.
void write_chunk(const chunk::Speed& speed, base::Writer& out);

/// Reads the next chunk; empty if it is malformed. The reader must not be empty.
std::optional<Chunk> read_chunk(base::Reader& in);

/// The shortest form of an offset that is unambiguous while at most `spread` bytes of the stream are in
/// flight.
WireOffset truncate_offset(std::uint64_t offset, std::uint64_t spread);
/// The form of 23 bits.
WireOffset long_offset(std::uint64_t offset);

}  // namespace serialtcp::wire
