// The messages of a session: what runs at the other end for serialtcp shell and cp, or is shown by serialtcp console, in a stream of
// services::kSession (docs/protocol.md, section 12).
//
//   message     type:1 length:2 payload            the type says which end sends it
//   start    01 version:1 kind:1 rows:2 columns:2 variables:1 (length:2 NAME=VALUE)* text
//   started  02 version:1
//   refused  03 reason:1 text
//   data     04 channel:1 bytes
//   end      05 channel:1                          nothing more comes on it
//   credit   06 channel:1 count:4                  so many more bytes may be sent on it
//   stop     07 channel:1                          what comes on it is not wanted any more
//   size     08 rows:2 columns:2                   of the terminal
//   exit     09 how:1 value:1                      the program has ended
//
// Only values and bytes: it knows neither streams nor programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::wire::session {

inline constexpr std::uint8_t kVersion = 1;
/// Of a payload. A longer message is malformed.
inline constexpr std::size_t kMostPayload = 32 * 1024;
/// Of the bytes in one data message, as our own ends send them: a key does not wait behind more.
inline constexpr std::size_t kMostData = 4096;
inline constexpr std::size_t kMostVariables = 32;
/// Of bytes that one end holds for one channel: so many can be sent before any of them has been taken.
inline constexpr std::uint32_t kWindow = 64 * 1024;

/// What is to run.
enum class Kind : std::uint8_t {
  shell = 0,      ///< of the user, on a terminal
  command = 1,    ///< the text, by sh -c; on a terminal if a size is given
  subsystem = 2,  ///< a part of serialtcp with this name: "cp"
  console = 3,    ///< the console of the machine, which others may look at, too; needs no permission
};

enum class Channel : std::uint8_t {
  input = 0,  ///< to the program
  output = 1,
  error_output = 2,  ///< of a program without a terminal
};
inline constexpr std::size_t kChannels = 3;

/// Of a terminal, in characters. No rows: there is no terminal.
struct Size {
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
  bool operator==(const Size&) const = default;
};

struct Start {
  std::uint8_t version = kVersion;
  Kind kind = Kind::command;
  Size terminal = {};
  std::vector<std::string> variables = {};  ///< "TERM=xterm"
  std::string text = {};
  bool operator==(const Start&) const = default;
};
struct Started {
  std::uint8_t version = kVersion;
  bool operator==(const Started&) const = default;
};
enum class Reason : std::uint8_t {
  other = 0,        ///< the text says why
  not_allowed = 1,  ///< by the options of that end
  unknown = 2,      ///< the kind, the version or the subsystem
  too_many = 3,     ///< sessions at once
  cannot_start = 4,
};
struct Refused {
  Reason reason = Reason::other;
  std::string text = {};
  bool operator==(const Refused&) const = default;
};
struct Data {
  Channel channel = Channel::input;
  ByteView bytes = {};  ///< of what was read; valid until the next call of the reader
};
struct End {
  Channel channel = Channel::input;
  bool operator==(const End&) const = default;
};
struct Credit {
  Channel channel = Channel::input;
  std::uint32_t count = 0;
  bool operator==(const Credit&) const = default;
};
struct Stop {
  Channel channel = Channel::input;
  bool operator==(const Stop&) const = default;
};
struct Exit {
  enum class How : std::uint8_t { status = 0, signal = 1 } how = How::status;
  std::uint8_t value = 0;
  bool operator==(const Exit&) const = default;
};

using Message = std::variant<Start, Started, Refused, Data, End, Credit, Stop, Size, Exit>;

/// Appends a message. Texts that do not fit are cut; a start that does not fit is the caller's mistake (CHECK, see fits()).
void write(const Message& message, Bytes& to);
/// Whether a start can be written.
bool fits(const Start& start);

/// Messages, in whatever pieces they arrive. Holds at most one of them.
class Reader {
 public:
  /// The next message; empty if it is not complete, or if something malformed has come. `rest` is what has arrived, of which
  /// it takes what it has looked at. Types that are not known are skipped.
  std::optional<Message> next(ByteView& rest);
  /// From then on there are no messages.
  bool malformed() const { return malformed_; }

 private:
  bool collect(ByteView& rest, std::size_t total);

  Bytes held_ = {};
  bool delivered_ = false;  ///< what is held
  bool malformed_ = false;
};

}  // namespace serialtcp::wire::session
