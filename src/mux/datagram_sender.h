// DatagramSender: the pending datagrams of one stream, and how much of the first one was sent. Nothing is
// retransmitted; a datagram that is pending too long, or has lost a piece, is dropped. It does not know
// frames. docs/protocol.md, "Datagrams".
//
//   pending ---- its turn in time ----> begun ---- all sent ----> forgotten
//      \---- too late                     \---- a piece is lost, or the line goes away ----> dropped
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
  /// The room must outlive the sender.
  explicit DatagramSender(DatagramRoom& room) : room_(room) {}
  ~DatagramSender() { discard(); }
  DatagramSender(const DatagramSender&) = delete;
  DatagramSender& operator=(const DatagramSender&) = delete;

  /// At most limits::kMaxDatagram bytes. Returns whether there was space.
  bool push(ByteView datagram, Time discard_after);
  bool empty() const { return waiting_.empty(); }
  /// More than one is pending.
  bool has_more() const { return waiting_.size() > 1; }
  std::size_t held() const { return held_; }
  /// Bytes that were not sent yet.
  std::size_t unsent() const { return bytes_ - gone_; }

  /// Drops datagrams at the front whose time is over; returns how many.
  std::size_t expire(Time now);
  /// The piece to be sent next, of at most `most` bytes. Not while empty.
  Piece next(std::size_t most) const;
  /// A chunk with the result of next() has begun: this datagram will not expire any more.
  void begin() { begun_ = true; }
  /// `length` bytes of it were sent. Returns whether this was the rest of the datagram.
  bool sent(std::size_t length);
  /// A piece was lost. Returns whether it belonged to a datagram that has begun and not ended: that one is
  /// useless, and is dropped.
  bool lost(std::uint64_t offset, std::size_t length);
  /// Drops the datagram that has begun, if there is one; returns whether there was.
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
  std::size_t bytes_ = 0;    // of all that are pending
  std::uint64_t first_ = 1;  // counts datagrams
  std::size_t gone_ = 0;     // bytes of the first one that were sent
  bool begun_ = false;
  // Every byte that was ever sent has its own offset. By this, the receiver knows that a piece continues the
  // one before.
  std::uint64_t offset_ = 0;
};

}  // namespace serialtcp::mux
