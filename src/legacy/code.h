// What the original program says on the line: data with 1F doubled, and codes, 1F and one more byte.
// docs/protocol.md, "The original's protocol". Golden bytes: tests/unit/legacy.
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
inline constexpr Byte kConnected = 'c';   ///< client: so has the target
inline constexpr Byte kFailed = 'F';      ///< client: the target could not be reached
inline constexpr Byte kStart = 's';       ///< both: what follows is data
inline constexpr Byte kDisconnect = 'D';  ///< both: the connection ended, or I (re)started
inline constexpr Byte kServerHello = 0xE0;
/// Synchronising codes 1, 2, 3 are these plus the number.
inline constexpr Byte kClientSync = 0xC0;
inline constexpr Byte kServerSync = 0xE0;
}  // namespace code

inline constexpr int kLastSync = 3;

/// The number of a synchronising code of this role (0 for the server's hello); nothing for other codes.
std::optional<int> sync_number(Byte code, Role role);

/// The synchronising code number `number` of this role.
Byte sync_code(int number, Role role);

inline Role other(Role role) {
  return role == Role::server ? Role::client : Role::server;
}

void append_code(Byte code, Bytes& out);

/// Data with every 1F doubled, as much as fits into `out`; never half a pair.
struct Encoded {
  std::size_t taken = 0;   ///< bytes of `data`
  std::size_t filled = 0;  ///< bytes of `out`
};
Encoded encode(ByteView data, MutableByteView out);

/// Tells data and codes apart.
class Decoder {
 public:
  struct Item {
    std::optional<Byte> code;
    ByteView data;  ///< if it is no code; valid as long as what was given to next(), or until the next call
  };

  /// Consumes from the front of `bytes`. Nothing when all is consumed.
  std::optional<Item> next(ByteView& bytes);
  void reset() { escaped_ = false; }

 private:
  bool escaped_ = false;
};

}  // namespace serialtcp::legacy
