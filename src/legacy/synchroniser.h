// Synchroniser: how two ends of the original's protocol synchronise, at the start and after every connection.
// docs/protocol.md, "The original's protocol".
//
//   attempt:  -> D D [E0]
//   client:   -> C1  <- E1  -> C2  <- E2  -> C3  <- E3
//   server:   <- C1  -> E1  <- C2  -> E2  <- C3  -> E3
//
// An unexpected code, or a timeout, begins another attempt. It does not know connections.
#pragma once

#include <utility>

#include "legacy/code.h"
#include "serialtcp/time.h"

namespace serialtcp::legacy {

class Synchroniser {
 public:
  explicit Synchroniser(Role role) : role_(role) {}

  /// Sent in every attempt after the D D: bytes that only a peer with another protocol understands. May be
  /// empty.
  void set_preamble(Bytes preamble) { preamble_ = std::move(preamble); }
  const Bytes& preamble() const { return preamble_; }

  /// Begins with the first attempt; what is to be sent is appended to `out`.
  void begin(Time now, Bytes& out);
  void on_code(Byte code, Time now, Bytes& out);
  /// When tick() is due; kNever when synchronised.
  Time deadline() const { return wait_until_; }
  void tick(Time now, Bytes& out);

  /// Synchronised by Discovery: there is nothing to do.
  void settle();
  bool done() const { return done_; }
  /// Attempts of this round that ended by timeout.
  int timeouts() const { return timeouts_; }
  /// A code of our own role arrived in this round: an echo, or a peer with the same role.
  bool own_kind_heard() const { return own_kind_heard_; }

 private:
  void attempt(Time now, Bytes& out);
  void expected(Time now, Bytes& out);

  const Role role_;
  Bytes preamble_;
  Duration timeout_{};
  Time wait_until_ = kNever;
  int stage_ = 1;  ///< number of the code that is expected
  int timeouts_ = 0;
  bool peer_began_ = false;  ///< the peer has begun an attempt, and its first code has not arrived yet
  bool own_kind_heard_ = false;
  bool done_ = false;
};

}  // namespace serialtcp::legacy
