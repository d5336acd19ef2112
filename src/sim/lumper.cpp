#include "sim/lumper.h"

namespace serialtcp::sim {

void Lumper::pass(ByteView bytes, Time now, Bytes& out) {
  if (held_.empty() && !bytes.empty()) {
    const double share = 1 + lumps_.jitter * (2 * random_.unit() - 1);
    due_ = now + Duration(static_cast<Duration::rep>(static_cast<double>(lumps_.every.count()) * share));
  }
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  const bool full = lumps_.size > 0 && held_.size() >= lumps_.size;
  if (held_.empty() || (due_ > now && !full)) return;
  out.insert(out.end(), held_.begin(), held_.end());
  held_.clear();
  due_ = kNever;
}

}  // namespace serialtcp::sim
