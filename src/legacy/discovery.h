// Discovery detects that the original is at the other end. It listens while our own protocol is in use, and
// answers a peer that synchronises as the original does. docs/protocol.md, "Which protocol".
//
// A peer that speaks our own protocol also sends codes of the original's, but always with an end of frame (1F
// 7E) next to them. A code therefore counts only if it is followed by silence and there was no end of frame
// in the same burst of bytes. Whatever Discovery sends is between two ends of frame.
#pragma once

#include <utility>

#include "legacy/code.h"
#include "serialtcp/time.h"

namespace serialtcp::legacy {

class Discovery {
 public:
  /// `nominal_rate`, in bytes per second, determines how long a silence is.
  Discovery(Role role, std::uint64_t nominal_rate);

  void feed(ByteView bytes, Time now);
  Time deadline() const { return codes_.empty() ? kNever : last_fed_ + silence_; }
  /// Evaluates a burst that has ended. Call take_answer(), found() and take_own_kind_heard() afterwards.
  void tick(Time now);

  /// What is to be sent now, encoded and between ends of frame; empty if there is nothing.
  bool has_answer() const { return !answer_.empty(); }
  Bytes take_answer() { return std::exchange(answer_, {}); }
  /// The peer has synchronised with us: it is the original. take_answer() returns the last code, if one is
  /// required.
  bool found() const { return found_; }
  /// Codes that followed the last synchronising code, unchanged: a server may already have a client.
  Bytes take_rest() { return std::exchange(rest_, {}); }
  /// A code of our own role has arrived since the last call: an echo, or a peer with the same role.
  bool take_own_kind_heard() { return std::exchange(own_kind_heard_, false); }
  /// An exchange has begun: nothing should be sent that would restart it.
  bool busy(Time now) const;

  /// Our own first code (code 1 of a client) has just been sent.
  void reset();

 private:
  void judge(Byte code, Time now);
  void answer(Byte code);

  const Role role_;
  const Duration silence_;
  Decoder decoder_;
  Bytes codes_;                ///< at the end of the current burst
  bool end_of_frame_ = false;  ///< one was in this burst
  Time last_fed_{};
  int stage_ = 1;
  Time answered_at_{};
  Bytes answer_;
  Bytes rest_;
  bool found_ = false;
  bool own_kind_heard_ = false;
};

}  // namespace serialtcp::legacy
