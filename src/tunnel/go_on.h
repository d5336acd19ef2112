// GoOn: when XON is sent. A terminal in the path, or a driver, may stop the other end's output at an XOFF that was
// among what this end has sent, and only an XON lets it go on. Then nothing at all is heard. docs/protocol.md, "Lines
// that do not carry all bytes".
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "wire/terminal.h"

namespace serialtcp::tunnel {

class GoOn {
 public:
  static constexpr Duration kUsualSilence = std::chrono::seconds(1);

  /// While a link is up, nothing is heard for this time only where something is wrong.
  explicit GoOn(Duration silence = kUsualSilence) : first_(silence), every_(silence) {}

  void heard(Time now) {
    const bool silence_ends = said_ > heard_ && said_ - heard_ >= first_;
    if (silence_ends) promptly_ = now - said_ < kAnswer ? kPrompt : 0;
    heard_ = now;
    every_ = first_;
  }
  /// Bytes that were handed to the line.
  void sent(ByteView bytes) {
    if (stopped_) return;  // one is enough, and few bytes of bulk are without
    for (const Byte byte : bytes) {
      if ((byte & kSevenBits) != wire::kXoff) continue;
      stopped_ = ever_stopped_ = true;
      return;
    }
  }
  void said(Time now) {
    said_ = now;
    if (std::exchange(stopped_, false) && promptly_ > 0) {
      --promptly_;
    } else {
      every_ = std::min(every_ * 2, kRarest);
    }
  }
  /// Without a link: a frame has ended, and an XOFF was sent since the last XON, not for the first time. Where XOFF stops the
  /// other end, such a hello does not arrive; it would stop all answers, too.
  bool is_due_after_frame() {
    const bool due = stopped_ && frames_with_xoff_ > 0;
    if (stopped_) ++frames_with_xoff_;
    if (due) stopped_ = false;
    return due;
  }
  void link_is_up() { frames_with_xoff_ = 0; }
  /// Without a link, before hellos and probes, but not the first ones. They have no XOFF, but what an earlier process
  /// has sent may have had one.
  bool is_due_before_hello(Time now) {
    if (heard_ == Time{}) heard_ = now;
    return now >= std::max(heard_, said_) + (ever_stopped_ ? kSilent : kLongSilent);
  }
  /// With a link: nothing was heard since then, and an answer was expected at `late`. Or an XON has ended a silence
  /// at once: then each XOFF is followed by one for a while, so that what the other end has to say gets through.
  enum class How : std::uint8_t { late, promptly };
  Time due(How how, Time late) const {
    if (how == How::promptly && stopped_ && promptly_ > 0) return Time{};
    return late == kNever ? kNever : std::max({late, heard_ + first_, said_ + every_});
  }

 private:
  static constexpr Byte kSevenBits = 0x7F;
  static constexpr Duration kSilent = std::chrono::milliseconds(500);
  static constexpr Duration kLongSilent = std::chrono::seconds(2);
  static constexpr Duration kAnswer = std::chrono::milliseconds(300);
  static constexpr int kPrompt = 50;
  static constexpr Duration kRarest = std::chrono::seconds(30);

  Time heard_{};
  Time said_{};
  Duration first_;
  Duration every_;
  bool stopped_ = false;       ///< perhaps: since the last XON, an XOFF was sent
  bool ever_stopped_ = false;  ///< perhaps
  unsigned frames_with_xoff_ = 0;
  int promptly_ = 0;  ///< so many are sent without delay
};

}  // namespace serialtcp::tunnel
