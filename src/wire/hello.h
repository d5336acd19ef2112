// The hello finds the peer and announces what its sender supports. docs/protocol.md, "Hello".
//
//   00  version:1  flags:1  session:8  peer:8  max-streams:3  credit:2  ( type:1  length:1  bytes )*
//
//   type 01, unpacking: window-log:1  runs:1
//   type 02, handshake: message:48
//   type 46, features:  1 to 4 bytes of bits
//
// Fields of unknown types are skipped. The handshake is the last field: its message covers every byte before
// it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/cursor.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/ids.h"

namespace serialtcp::wire {

inline constexpr std::uint8_t kProtocolVersion = 2;

/// Types of the fields after the fixed part.
enum class HelloField : Byte {
  unpacking = 1,  ///< the sender can decompress packed data
  handshake = 2,  ///< a message of the handshake that seals the link; only an end with a key sends it
  /// Extensions that the sender understands. The type is a letter, because hellos may reach a terminal, which
  /// would act on a control character such as 03.
  features = 0x46,
};

/// What the sender of a hello can decompress.
struct Unpacking {
  std::uint8_t window_log = 0;  ///< the window of a packed run has at most 2^window_log bytes; 10 to 31
  std::uint8_t runs = 0;        ///< packed runs that may be open at once in all streams; not 0
  bool operator==(const Unpacking&) const = default;
};

/// An extension of the protocol that a peer of version 2.0.0 does not support. The value is its bit.
enum class Feature : std::uint32_t {
  ordered_reset = 0x01,  ///< chunk 43, and a RESET that is sent after the bytes before it
  turns = 0x02,          ///< chunks 44 and 45
  line_coding = 0x04,    ///< the coding of the line may be changed while a link is up
  speed = 0x08,          ///< chunk 46: the sender's port may be set to other speeds while the link is up
  half_duplex = 0x10,    ///< the sender knows that the line is half-duplex: turns are used from the start
  parts = 0x20,          ///< chunk 47: check values within a frame
  /// Not an extension: it makes the byte of the others a letter, which a terminal does not act on.
  letter = 0x40,
};

/// A set of extensions.
class Features {
 public:
  Features() = default;
  explicit Features(std::uint32_t bits) : bits_(bits) {}
  Features(std::initializer_list<Feature> all) {
    for (const Feature feature : all) bits_ |= static_cast<std::uint32_t>(feature);
  }

  void add(Feature feature) { bits_ |= static_cast<std::uint32_t>(feature); }
  std::uint32_t bits() const { return bits_; }
  bool has(Feature feature) const { return (bits_ & static_cast<std::uint32_t>(feature)) != 0; }
  bool operator==(const Features&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

struct Hello {
  std::uint8_t version = kProtocolVersion;
  Roles roles;
  bool up = false;       ///< the sender knows that its peer knows it; no answer is needed
  bool goodbye = false;  ///< the sender leaves
  /// Flag 40, which has no meaning and is not read: it makes the byte a letter where it would be Ctrl-C.
  bool letter = false;
  SessionId session;
  SessionId peer;                    ///< the session that the sender has received a hello from; 0 if none
  std::uint32_t max_streams = 0;     ///< the peer may open streams with indexes below this; below 2^24
  std::uint32_t initial_credit = 0;  ///< bytes that may be sent on each new stream, a multiple of kCreditUnit
  std::optional<Unpacking> unpacking;  ///< without it, plain data only
  Features features;                   ///< without the field, none
  /// Of a hello that was read: a view of the frame; empty if the field is absent. Not written by
  /// write_hello().
  std::optional<ByteView> handshake;
  ByteView covered;  ///< from the version to the head of the handshake's field
};

inline constexpr std::size_t kHelloSize = 24;
/// Bytes of a hello with all fields.
inline constexpr std::size_t kMaxHelloSize = 255;

/// Writes everything except the handshake field.
void write_hello(const Hello& hello, base::Writer& out);
/// Writes type and length of a field; its `length` bytes follow.
void write_field_head(HelloField field, std::size_t length, base::Writer& out);
/// Reads a hello; `in` begins after the header byte. Of another version only `version` and `session` are set.
/// Empty if it is malformed.
std::optional<Hello> read_hello(base::Reader& in);

}  // namespace serialtcp::wire
