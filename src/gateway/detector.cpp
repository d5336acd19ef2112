#include "gateway/detector.h"

#include "ip/slip_link.h"
#include "ppp/numbers.h"

namespace serialtcp::gateway {

const char* name_of(Speech speech) {
  switch (speech) {
    case Speech::unknown:
      break;
    case Speech::ppp:
      return "PPP";
    case Speech::slip:
      return "SLIP";
    case Speech::cslip:
      return "CSLIP";
  }
  return "nothing yet";
}

bool Detector::is_current(Speech heard) const {
  return (heard == speech_ && heard != Speech::unknown) ||
         (heard == Speech::slip && speech_ == Speech::cslip);
}

Detector::Heard Detector::take(ByteView bytes, Time now) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  if (held_.size() > kMostHeld)
    held_.erase(held_.begin(), held_.end() - static_cast<std::ptrdiff_t>(kMostHeld));
  const Speech found = heard(bytes);
  if (found == Speech::unknown) return Heard::nothing;
  if (is_current(found)) {
    last_good_ = now;
    held_.clear();
    return Heard::more;
  }
  const bool lately = last_good_ && now - *last_good_ < kSilence;
  const bool certain = speech_ == Speech::unknown || found == Speech::cslip || (found == Speech::ppp && lcp_);
  if (lately && !certain) return Heard::nothing;
  speech_ = found;
  last_good_ = now;
  return Heard::another;
}

/// What these bytes have completed a frame of. PPP comes first: its C0 ends what is no packet of SLIP, and by chance looks like
/// one, while its own frames have a check value; and those that count here are no content of SLIP, where C0 is escaped.
Speech Detector::heard(ByteView bytes) {
  const Speech ppp = in_ppp(bytes);
  const Speech slip = in_slip(bytes);
  return ppp != Speech::unknown ? ppp : slip;
}

Speech Detector::in_ppp(ByteView bytes) {
  Speech found = Speech::unknown;
  while (const auto frame = ppp_.next(bytes)) {
    lcp_ = frame->protocol == ppp::protocol::kLcp;
    // What is no frame of LCP may be one by chance, once in 65,536 times: enough only for what is known to speak PPP.
    if (lcp_ || speech_ == Speech::ppp) found = Speech::ppp;
  }
  return found;
}

Speech Detector::in_slip(ByteView bytes) {
  Speech found = Speech::unknown;
  while (const auto frame = slip_.next(bytes)) {
    if (frame->damaged || !ip::is_slip(frame->bytes)) continue;
    if (ip::slip_kind(frame->bytes[0]) != ip::VjKind::ip) {
      found = Speech::cslip;
    } else if (found == Speech::unknown) {
      found = Speech::slip;
    }
  }
  return found;
}

}  // namespace serialtcp::gateway
