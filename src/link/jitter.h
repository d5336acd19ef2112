// Jitter: how much arrival times on this line scatter for no fault of the line's speed. A frame that came late
// proves nothing by itself: the line may be slower. But one that came late between two that came in time was
// kept back on the way: by a lump, a timer, a busy receiver. docs/protocol.md, "Lines that deliver in lumps".
#pragma once

#include <array>
#include <cstddef>

#include "serialtcp/time.h"

namespace serialtcp::link {

class Jitter {
 public:
  static constexpr std::size_t kSamples = 32;

  /// How late a frame was, on a scale that holding back does not move, and that handing over more does.
  void add(Duration late);
  /// Samples before and after cannot be compared: the line idled in between, or a clock jumped.
  void interrupt() { count_ = 0; }

  /// What all but a tenth of the samples stayed below. Kept while there are too few samples to judge.
  Duration amplitude() const { return amplitude_; }
  std::size_t samples() const { return count_; }

 private:
  Duration excess_of_most() const;

  std::array<Duration, kSamples> late_{};  // a ring
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  Duration amplitude_{};
};

}  // namespace serialtcp::link
