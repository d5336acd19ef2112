// Discovery: is it the original that is at the other end? Listens beside the other protocol, and answers a
// peer that synchronises as the original does. docs/protocol.md, "Which protocol".
//
// A peer of the other protocol says codes of the original's, too, but never without an end of frame (1F 7E)
// close by. So a code counts only if silence follows it and no end of frame came in the same burst of bytes;
// and whatever Discovery says stands between two such ends itself.
#pragma once

#include <utility>

#include "legacy/code.h"
#include "serialtcp/time.h"

namespace serialtcp::legacy {

class Discovery {
 public:
  /// `nominal_rate` in bytes per second tells how long silence is.
  Discovery(Role role, std::uint64_t nominal_rate);

  void feed(ByteView bytes, Time now);
  Time deadline() const { return codes_.empty() ? kNever : last_fed_ + silence_; }
  /// Judges a burst that has ended. Afterwards look at take_answer(), found() and take_own_kind_heard().
  void tick(Time now);

  /// What is to be said now, 1F doubled and set apart already; empty if nothing.
  Bytes take_answer() { return std::exchange(answer_, {}); }
  /// The peer has synchronised with us: it is the original. take_answer() has the last code, if one is due.
  bool found() const { return found_; }
  /// Codes that came behind the last one of synchronising, as they came: a server may have a client waiting.
  Bytes take_rest() { return std::exchange(rest_, {}); }
  /// A code of our own kind came since this was last asked: an echo, or two equal ends.
  bool take_own_kind_heard() { return std::exchange(own_kind_heard_, false); }
  /// An exchange has begun: nothing should be said that would begin it anew.
  bool busy(Time now) const;

  /// Our own opening (code 1 of a client) has just been said.
  void reset();

 private:
  void judge(Byte code, Time now);
  void answer(Byte code);

  const Role role_;
  const Duration silence_;
  Decoder decoder_;
  Bytes codes_;                ///< that the burst ends with so far
  bool end_of_frame_ = false;  ///< came in this burst
  Time last_fed_{};
  int stage_ = 1;
  Time answered_at_{};
  Bytes answer_;
  Bytes rest_;
  bool found_ = false;
  bool own_kind_heard_ = false;
};

}  // namespace serialtcp::legacy
