#include "sim/receive_fifo.h"

namespace serialtcp::sim {

ReceiveFifo::ReceiveFifo(const ReceiveFifoConfig& config, std::uint64_t seed) : prng_(seed) {
  set(config);
}

void ReceiveFifo::set(const ReceiveFifoConfig& config) {
  config_ = config;
  late_.set(config.late, prng_);
}

void ReceiveFifo::put(Byte byte, Time at, Bytes& out) {
  read(at, out);
  if (held_.empty()) {
    if (!late_.strikes(prng_)) return out.push_back(byte);
    late_until_ = at + config_.late_time;
    overrun_ = false;
  }
  if (config_.stops_sender || held_.size() < config_.size) return held_.push_back(byte);
  ++lost_;
  if (!overrun_) ++overruns_;
  overrun_ = true;
}

void ReceiveFifo::read(Time now, Bytes& out) {
  if (held_.empty() || now < late_until_) return;
  out.insert(out.end(), held_.begin(), held_.end());
  held_.clear();
}

}  // namespace serialtcp::sim
