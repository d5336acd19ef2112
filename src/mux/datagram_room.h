// DatagramRoom: the memory for pending datagrams in one direction, of all streams of an endpoint. No stream
// may hold more than what is free (Choudhury and Hahne, 1998), so a stream that floods leaves as much for the
// others as it takes. It does not know datagrams.
#pragma once

#include <algorithm>
#include <cstddef>

#include "serialtcp/config.h"

namespace serialtcp::mux {

class DatagramRoom {
 public:
  /// The cost of a datagram of this size.
  static constexpr std::size_t cost(std::size_t size) { return size + limits::kDatagramOverhead; }

  /// Takes `cost` for a stream that holds `own` already; false if that would be too much.
  bool take(std::size_t cost, std::size_t own) {
    const std::size_t most = std::min(limits::kDatagramQueue, limits::kDatagramQueueSum - held_);
    if (own + cost > most) return false;
    held_ += cost;
    return true;
  }
  void give_back(std::size_t cost) { held_ -= cost; }
  std::size_t held() const { return held_; }

 private:
  std::size_t held_ = 0;
};

}  // namespace serialtcp::mux
