// DatagramSender: the datagrams of one stream that wait for the line, and how much of the first of them has
// gone. Nothing is sent twice; what waits for too long, or has lost a piece, is dropped. It does not know
// frames. docs/protocol.md, "Datagrams".
//
//   waiting ---- its turn in time ----> begun ---- all sent ----> forgotten
//      \---- too late                     \---- a piece of it is lost, or the line goes ----> dropped
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "mux/datagram_room.h"
#include "mux/piece.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::mux {

class DatagramSender {
 public:
  /// The room outlives the sender.
  explicit DatagramSender(DatagramRoom& room) : room_(room) {}
  ~DatagramSender() { discard(); }
  DatagramSender(const DatagramSender&) = delete;
  DatagramSender& operator=(const DatagramSender&) = delete;

  /// At most limits::kMaxDatagram bytes. Returns whether there was room.
  bool push(ByteView datagram, Time discard_after);
  bool empty() const { return waiting_.empty(); }
  /// More than one waits.
  bool has_more() const { return waiting_.size() > 1; }
  std::size_t held() const { return held_; }

  /// Drops those at the front whose time has come before their turn; returns how many.
  std::size_t expire(Time now);
  /// What should go next, at most so many bytes. Not while empty.
  Piece next(std::size_t most) const;
  /// A chunk with what next() says has been begun: this datagram will not expire any more.
  void begin() { begun_ = true; }
  /// So many bytes of it have gone. Returns whether this was the rest of the datagram.
  bool sent(std::size_t length);
  /// A piece was lost. Returns whether it was of a datagram that had begun and not ended: that one is of no
  /// use any more, and is dropped.
  bool lost(std::uint64_t offset, std::size_t length);
  /// Drops the one that has begun, if there is one; returns whether there was.
  bool interrupt();
  void discard();

 private:
  struct Waiting {
    Bytes bytes;
    Time discard_after;
  };

  void drop_first();

  DatagramRoom& room_;
  std::list<Waiting> waiting_;
  std::size_t held_ = 0;
  std::uint64_t first_ = 1;  // counts datagrams
  std::size_t gone_ = 0;     // bytes of the first
  bool begun_ = false;
  // Every byte that has ever gone has its own offset: the receiver's proof that a piece goes on where the one
  // before ended.
  std::uint64_t offset_ = 0;
};

}  // namespace serialtcp::mux
