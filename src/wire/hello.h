// The hello: who is there. docs/protocol.md, "Hello".
//
//   00  version:1  flags:1  session:8  peer:8  max-streams:3  credit:2  ( type:1  length:1  bytes )*
//
//   type 01, unpacking: window-log:1  runs:1
//   type 46, features:  1 to 4 bytes of bits
//
// Fields of a type that is not known are skipped. The handshake's is the last one: its message covers every
// byte before itself.
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

/// What may stand behind the fixed part.
enum class HelloField : Byte {
  unpacking = 1,  ///< the sender takes packed data
  handshake = 2,  ///< a message of the handshake that seals the link; only an end with a key says it
  /// Extensions that the sender understands. The type is a letter because hellos can reach a terminal, where
  /// a control character such as 03 would act.
  features = 0x46,
};

/// What the sender of a hello can unpack.
struct Unpacking {
  std::uint8_t window_log = 0;  ///< of a packed run's window, at most: 2 to this; 10 .. 31
  std::uint8_t runs = 0;        ///< streams that may be in the middle of a packed run at once; not 0
  bool operator==(const Unpacking&) const = default;
};

/// An extension of the protocol that a peer of version 2.0.0 does not know. The value is its bit.
enum class Feature : std::uint32_t {
  ordered_reset = 0x01,  ///< chunk 43, and a RESET that comes after the bytes before it
  turns = 0x02,          ///< TURN
  half_duplex = 0x10,  ///< the sender knows that the line is half-duplex: turns are to be used from the start
  /// None: it makes the byte of the others a letter, which a terminal does not act on.
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

  std::uint32_t bits() const { return bits_; }
  bool has(Feature feature) const { return (bits_ & static_cast<std::uint32_t>(feature)) != 0; }
  bool operator==(const Features&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

struct Hello {
  std::uint8_t version = kProtocolVersion;
  Roles roles;
  bool up = false;       ///< the sender knows that its peer knows it: no answer is needed
  bool goodbye = false;  ///< the sender leaves
  /// Flag 40, which means nothing and is not read: it makes the byte a letter where it would be Ctrl-C.
  bool letter = false;
  SessionId session;
  SessionId peer;                      ///< whom the sender has heard; 0 if nobody
  std::uint32_t max_streams = 0;       ///< that the sender lets its peer open; below 2^24
  std::uint32_t initial_credit = 0;    ///< bytes on each new stream, a multiple of kCreditUnit
  std::optional<Unpacking> unpacking;  ///< without it, plain data only
  Features features;                   ///< without the field, none
  /// Of a hello that was read, views of the frame; not written. Nothing if the field is not there.
  std::optional<ByteView> handshake;
  ByteView covered;  ///< from the version to the head of the handshake's field
};

inline constexpr std::size_t kHelloSize = 24;
/// With all its fields.
inline constexpr std::size_t kMaxHelloSize = 255;

/// All but the handshake's field.
void write_hello(const Hello& hello, base::Writer& out);
/// Type and length of the field; its `length` bytes follow.
void write_field_head(HelloField field, std::size_t length, base::Writer& out);
/// `in` stands behind the header byte. Of a version that is not ours only `version` and `session` are set.
/// Nothing when it is malformed.
std::optional<Hello> read_hello(base::Reader& in);

}  // namespace serialtcp::wire
