// The bytes of the original program on the line: data with 1F doubled, and codes, which are 1F and one more
// byte. docs/protocol.md, "The original's protocol". Golden bytes: tests/unit/legacy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"

namespace serialtcp::legacy {

inline constexpr Byte kEscape = 0x1F;

namespace code {
inline constexpr Byte kConnect = 'C';     ///< server: a TCP client has connected
inline constexpr Byte kConnected = 'c';   ///< client: connected to the target
inline constexpr Byte kFailed = 'F';      ///< client: the target could not be reached
inline constexpr Byte kStart = 's';       ///< both: data follows
inline constexpr Byte kDisconnect = 'D';  ///< both: the connection has ended, or I have (re)started
inline constexpr Byte kServerHello = 0xE0;
/// The synchronising codes 1, 2, 3 are these plus the number.
inline constexpr Byte kClientSync = 0xC0;
inline constexpr Byte kServerSync = 0xE0;
}  // namespace code

inline constexpr int kLastSync = 3;

/// The number of a synchronising code of this role (0 for the server's hello); empty for other codes.
std::optional<int> sync_number(Byte code, Role role);

/// The synchronising code number `number` of this role.
Byte sync_code(int number, Role role);

inline Role other(Role role) {
  return role == Role::server ? Role::client : Role::server;
}

void append_code(Byte code, Bytes& out);

/// Encodes data, with every 1F doubled, as much as fits into `out`; never half a pair.
struct Encoded {
  std::size_t taken = 0;   ///< bytes of `data` that were encoded
  std::size_t filled = 0;  ///< bytes of `out` that were written
};
Encoded encode(ByteView data, MutableByteView out);

/// Separates data and codes.
class Decoder {
 public:
  struct Item {
    std::optional<Byte> code;
    ByteView data;  ///< if it is not a code; valid as long as the argument of next(), or until the next call
  };

  /// Consumes an item from the front of `bytes`. Empty when everything is consumed.
  std::optional<Item> next(ByteView& bytes);
  void reset() { escaped_ = false; }

 private:
  bool escaped_ = false;
};

}  // namespace serialtcp::legacy
