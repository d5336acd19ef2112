// Jitter: how much arrival times scatter for reasons other than the speed of the line. A frame that arrived
// late proves nothing alone, since the line may be slower. But a frame that arrived late between two frames
// that were in time was held back on the way: by a lump, a timer, or a busy receiver. docs/protocol.md,
// "Lines that deliver in lumps".
#pragma once

#include <array>
#include <cstddef>

#include "serialtcp/time.h"

namespace serialtcp::link {

class Jitter {
 public:
  static constexpr std::size_t kSamples = 32;

  /// How late a frame was. Holding back (the pacer's corrections that delay) does not change this scale;
  /// handing over more at once does.
  void add(Duration late);
  /// The next samples cannot be compared with the ones so far: the line was idle in between, or a clock
  /// jumped.
  void interrupt() { count_ = 0; }

  /// The 90 % quantile of the samples. Unchanged while there are too few samples.
  Duration amplitude() const { return amplitude_; }
  std::size_t samples() const { return count_; }

 private:
  Duration excess_of_most() const;

  std::array<Duration, kSamples> late_{};  // ring buffer
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  Duration amplitude_{};
};

}  // namespace serialtcp::link
