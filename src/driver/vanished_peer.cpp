#include "driver/vanished_peer.h"

namespace serialtcp::io {

VanishedPeer::Verdict VanishedPeer::judge(const Acknowledged& state, Time now) {
  if (state.all) {
    asking_since_.reset();
    return Verdict::all_acknowledged;
  }
  // A peer whose window is full answers each probe, but probes may be two minutes apart: the time since the
  // first one without an answer counts.
  const bool heard_since = asking_since_ && state.last_heard < now - *asking_since_;
  if (!state.asking || heard_since) {
    asking_since_.reset();
    return Verdict::waiting;
  }
  if (!asking_since_) asking_since_ = now;
  return now - *asking_since_ >= kPatience ? Verdict::vanished : Verdict::waiting;
}

}  // namespace serialtcp::io
