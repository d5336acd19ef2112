// DatagramFlow counts the datagrams of one direction of a connection.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/rate_meter.h"
#include "driver/figures.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class DatagramFlow {
 public:
  void add(std::size_t size, Time now) {
    ++count_;
    bytes_ += size;
    rate_.add(size, now);
  }
  std::uint64_t count() const { return count_; }
  Flow figures(Time now) const { return {bytes_, count_, rate_.per_second(now)}; }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
  base::RateMeter rate_;
};

}  // namespace serialtcp::io
