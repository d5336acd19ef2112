// Detector: finds out by what arrives whether a device speaks PPP or SLIP, and when it is replaced by one that speaks the
// other. One whole frame is enough: the check value of PPP or the headers of IP tell it from noise. Does no I/O.
//
// A frame of the other protocol could be the content of a packet (a file that somebody has recorded). In SLIP, the first frame
// of PPP cannot: its C0 would be escaped. In PPP, packets of SLIP can, but then frames of PPP end around them: they only count
// while there was none for kSilence.
#pragma once

#include <cstdint>
#include <optional>

#include "ip/slip_framing.h"
#include "ppp/framing.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::gateway {

/// What a device speaks.
enum class Speech : std::uint8_t { unknown, ppp, slip, cslip };

/// "PPP", "SLIP", "CSLIP"; "nothing yet"
const char* name_of(Speech speech);

class Detector {
 public:
  static constexpr Duration kSilence = std::chrono::seconds(2);
  /// Bytes that are kept until somebody who understands them is there.
  static constexpr std::size_t kMostHeld = 4096;

  /// What it speaks as far as is known before, if anything is.
  explicit Detector(Speech known = Speech::unknown) : speech_(known) {}

  enum class Heard : std::uint8_t {
    nothing,  ///< no whole frame
    more,     ///< of what it speaks
    another,  ///< the answer has changed: held() is for whoever speaks this
  };
  /// Bytes of the line.
  Heard take(ByteView bytes, Time now);
  Speech speech() const { return speech_; }
  /// The latest bytes that were no whole frame of what it spoke before, with those that have changed the answer.
  ByteView held() const { return held_; }
  void release() { held_.clear(); }
  /// Any frame of any protocol has been seen.
  bool understood() const { return last_good_.has_value(); }

 private:
  Speech heard(ByteView bytes);
  Speech in_ppp(ByteView bytes);
  Speech in_slip(ByteView bytes);
  bool is_current(Speech heard) const;

  Speech speech_;
  std::optional<Time> last_good_;  ///< of what it speaks
  bool lcp_ = false;               ///< the latest good frame of PPP was LCP's
  ppp::FrameReader ppp_{1600};
  ip::SlipReader slip_{1600};
  Bytes held_;
};

}  // namespace serialtcp::gateway
