// Backlog: what a client has not accepted yet. Its memory is bounded: of a client that does not read, what the port delivers
// is lost, and a mark in the data says how much. Does no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "serialtcp/bytes.h"

namespace serialtcp::share {

class Backlog {
 public:
  /// With this much pending, what the port delivers is lost.
  static constexpr std::size_t kMost = 64 * 1024;
  /// And until the client has read so much that less than this is pending.
  static constexpr std::size_t kEnough = kMost / 2;
  /// Small pieces are put together up to this size.
  static constexpr std::size_t kPiece = 4096;

  /// Appends the `content` bytes that the port has delivered, coded as `bytes`; or they are lost.
  void add_data(ByteView bytes, std::size_t content);
  /// Appends what must not be lost: the caller bounds it.
  void add_always(ByteView bytes);
  /// The rest of bytes of which the beginning was sent without this queue, which is empty.
  void add_rest(ByteView bytes);

  bool empty() const { return pieces_.empty(); }
  std::size_t size() const { return size_; }

  /// While the client wants no data, the rest goes past it.
  enum class Data : std::uint8_t { flows, held };
  /// What is to be sent next; empty if there is nothing. And that so much of it was.
  ByteView next(Data data);
  void sent(std::size_t count);

  /// Whether what is delivered is lost for now, and how much that is so far.
  bool loses() const { return loses_; }
  std::uint64_t lost() const { return lost_; }
  /// The client has caught up: it is to be told, by add_always(), of as many lost bytes as this returns. 0: nothing to tell.
  std::uint64_t take_lost();

  /// Forgets the data, but not what belongs together with bytes that were sent.
  void drop_data();

 private:
  enum class Kind : std::uint8_t { data, always };
  struct Piece {
    Kind kind;
    Bytes bytes;
    std::size_t sent = 0;
    bool begun = false;  ///< something of it was sent
  };

  void append(Kind kind, ByteView bytes);

  std::deque<Piece> pieces_;
  std::size_t next_ = 0;  ///< the piece that next() has returned
  std::size_t size_ = 0;
  bool loses_ = false;
  std::uint64_t lost_ = 0;
};

/// What a client finds in its data where bytes were lost.
std::string lost_mark(std::uint64_t count);

}  // namespace serialtcp::share
