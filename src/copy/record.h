// What the two ends of a copy say to each other, through a pair of pipes (docs/protocol.md, section 13).
//
//   record    type:1 length:4 payload
//
// One end sends files, the other one receives them. Neither has to wait for the other one to read: what arrives while this
// end writes is kept, and the receiver says little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>

#include "base/cursor.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io::copy {

enum class Type : std::uint8_t {
  hello = 1,      ///< version:1
  put = 2,        ///< flags:1 path: the near end sends, to this path; flags: 1 the path is a folder
  get = 3,        ///< flags:1 path: the far end sends this; flags: 2 folders, too
  folder = 4,     ///< mode:4 time:8 name: what follows is in it, up to leave
  leave = 5,      ///< the folder
  file = 6,       ///< mode:4 time:8 size:8 name: its data follow; a large one after an offer and a begin
  link = 7,       ///< target:... as length:2 text, name
  data = 8,       ///< bytes
  end = 9,        ///< digest:32 of the whole file
  failed = 10,    ///< text: what the sender could not read; the file, if it was begun, is not there
  offer = 11,     ///< count:8 digest:32: so many bytes are there already
  begin = 12,     ///< offset:8: of the data that follow
  refuse = 13,    ///< text: in place of an offer: the file cannot be received
  result = 14,    ///< ok:1 text: of a file, link or folder, in their order
  arrived = 15,   ///< count:8: so much of the file is there, for the progress bar
  all_sent = 16,  ///< the sender has nothing more
  done = 17,      ///< the receiver has dealt with all of it
};

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMostPayload = 64 * 1024;
/// Of a data record: a slow line shall show progress several times a second.
inline constexpr std::size_t kMostData = 4 * 1024;
/// The size of a file that is not known.
inline constexpr std::uint64_t kUnknownSize = UINT64_MAX;
/// A smaller file begins at once, and is not resumed.
inline constexpr std::uint64_t kWorthAnOffer = 64 * 1024;
inline constexpr std::uint8_t kIsFolder = 1;
inline constexpr std::uint8_t kFoldersToo = 2;

struct Record {
  Type type = Type::hello;
  Bytes payload = {};

  std::string text() const { return {payload.begin(), payload.end()}; }
};

/// Composes a payload.
class Payload {
 public:
  Payload& number(std::uint64_t value, std::size_t bytes);
  Payload& text(std::string_view text);
  Payload& raw(ByteView bytes);
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

/// The other end of a copy. Every failure is an exception of type Broken: the copy cannot go on then.
class Peer {
 public:
  struct Broken {
    std::string text;  ///< a sentence
  };

  /// Both are pipes, or a socket, and stay the caller's; they become non-blocking.
  Peer(int input, int output);

  void send(Type type, ByteView payload = {});
  void send(Type type, const Payload& payload) { send(type, payload.bytes()); }
  void send(Type type, std::string_view text);
  /// Waits for it.
  Record receive();
  /// One that has arrived already.
  std::optional<Record> receive_now();
  /// Sends what was collected. receive() does it, too.
  void flush();

 private:
  void exchange(bool write_all);
  void read_some();
  std::optional<Record> take();

  int input_;
  int output_;
  Bytes out_ = {};
  Bytes in_ = {};
  bool ended_ = false;
};

}  // namespace serialtcp::io::copy
