// CoDel (RFC 8289): whether a queue tells its sender to slow down. It does if packets have waited for longer than
// `target` throughout an `interval`: then one packet is struck (dropped, or marked), and further ones in ever shorter
// intervals until the wait is short again. It looks only at how long each packet has waited, as it leaves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::ip {

struct CodelTuning {
  Duration target = std::chrono::milliseconds(5);
  Duration interval = std::chrono::milliseconds(100);

  /// The values of RFC 8289, raised for a line on which one packet takes longer: a target below the time of a packet
  /// would strike flows that have no queue at all. `rate` is in bytes per second, `packet` the largest one in bytes;
  /// both at least 1 (CHECK).
  static CodelTuning for_line(std::uint64_t rate, std::size_t packet);
};

class Codel {
 public:
  /// To be asked for each packet as it leaves the queue, how long it has `waited`, and whether what is queued is no
  /// more than one packet, which is never too much. True: strike it.
  bool strikes(const CodelTuning& tuning, Duration waited, bool is_short, Time now);

 private:
  bool is_late(const CodelTuning& tuning, Duration waited, bool is_short, Time now);
  void begin(const CodelTuning& tuning, Time now);

  Time late_at_ = kNever;           ///< when packets that wait too long will have done so for an interval
  Time next_ = Time::min();         ///< the next strike, or what it would have been
  std::uint32_t count_ = 0;         ///< strikes since they began
  std::uint32_t count_before_ = 0;  ///< with which they began
  bool striking_ = false;
};

}  // namespace serialtcp::ip
