// Synchroniser: how two ends of the original's protocol find each other, at the start and again after every
// connection. docs/protocol.md, "The original's protocol".
//
//   attempt:  -> D D [E0]    client  -> C1 .. E1 -> C2 .. E2 -> C3 .. E3      server  .. C1 -> E1 .. C2 -> E2
//   .. C3 -> E3
//
// Whatever is out of order, and a wait that is too long, begins another attempt. It does not know
// connections.
#pragma once

#include <utility>

#include "legacy/code.h"
#include "serialtcp/time.h"

namespace serialtcp::legacy {

class Synchroniser {
 public:
  explicit Synchroniser(Role role) : role_(role) {}

  /// Said in every attempt behind the D D: what only a peer of another protocol understands. May be empty.
  void set_preamble(Bytes preamble) { preamble_ = std::move(preamble); }
  const Bytes& preamble() const { return preamble_; }

  /// Begins anew, with the first attempt; what is to be said is appended to `out`.
  void begin(Time now, Bytes& out);
  void on_code(Byte code, Time now, Bytes& out);
  /// When tick() is due; kNever when synchronised.
  Time deadline() const { return wait_until_; }
  void tick(Time now, Bytes& out);

  /// Synchronised by others: there is nothing to do.
  void settle();
  bool done() const { return done_; }
  /// Attempts of this round that ended because nobody answered in time.
  int timeouts() const { return timeouts_; }
  /// A code of our own kind came in this round: an echo, or two equal ends.
  bool own_kind_heard() const { return own_kind_heard_; }

 private:
  void attempt(Time now, Bytes& out);
  void expected(Time now, Bytes& out);

  const Role role_;
  Bytes preamble_;
  Duration timeout_{};
  Time wait_until_ = kNever;
  int stage_ = 1;  ///< number of the code that is awaited
  int timeouts_ = 0;
  bool peer_began_ = false;  ///< the peer's attempt has begun, and its first code has not come yet
  bool own_kind_heard_ = false;
  bool done_ = false;
};

}  // namespace serialtcp::legacy
