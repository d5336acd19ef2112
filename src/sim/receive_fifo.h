// ReceiveFifo: the few bytes of memory that a receiving UART has until its driver reads them. The driver is late now and
// then; what does not fit until it comes is lost, in a run. Driven by a seed; time is passed in and must not decrease.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "sim/faults.h"

namespace serialtcp::sim {

struct ReceiveFifoConfig {
  std::uint32_t size = 16;  ///< bytes
  double late = 0;  ///< per byte: the probability that the driver is late from then on; 0: there is no Fifo
  Duration late_time = std::chrono::milliseconds(2);
  /// The UART stops the sender by RTS while it is full, and the sender obeys: nothing is lost.
  bool stops_sender = false;

  bool operator==(const ReceiveFifoConfig&) const = default;
};

class ReceiveFifo {
 public:
  ReceiveFifo(const ReceiveFifoConfig& config, std::uint64_t seed);

  /// A driver that is late now stays late.
  void set(const ReceiveFifoConfig& config);
  const ReceiveFifoConfig& config() const { return config_; }
  /// Whether bytes may have to wait in it, or be lost.
  bool is_active() const { return config_.late > 0 || !held_.empty(); }

  /// A byte has arrived at this time. Appends to `out` what the driver reads.
  void put(Byte byte, Time at, Bytes& out);
  /// Appends what the driver has read by now.
  void read(Time now, Bytes& out);
  /// When a late driver comes; kNever if nothing waits for it.
  Time due() const { return held_.empty() ? kNever : late_until_; }
  std::size_t held() const { return held_.size(); }
  std::uint64_t lost() const { return lost_; }
  /// How often bytes were lost: what a driver counts, since the UART tells it of a run only once.
  std::uint64_t overruns() const { return overruns_; }

 private:
  ReceiveFifoConfig config_;
  base::Prng prng_;
  FaultGap late_;
  Bytes held_;
  Time late_until_{};
  bool overrun_ = false;  // since the driver became late
  std::uint64_t lost_ = 0;
  std::uint64_t overruns_ = 0;
};

}  // namespace serialtcp::sim
