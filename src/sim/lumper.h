// Lumper: a device in the path that delivers bytes in lumps, not one by one: a TCP relay with Nagle's
// algorithm and delayed acknowledgements, a radio, a serial-over-LAN controller. It loses and damages
// nothing.
#pragma once

#include <cstddef>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::sim {

struct Lumps {
  /// A lump is delivered this long after its first byte arrived; 0: bytes are delivered at once.
  Duration every{0};
  double jitter = 0;  ///< that time differs from lump to lump by up to this share in either direction; 0 to 1
  std::size_t size = 0;  ///< a lump with this many bytes is delivered at once; 0: no limit

  bool operator==(const Lumps&) const = default;
};

class Lumper {
 public:
  Lumper(const Lumps& lumps, std::uint64_t seed) : lumps_(lumps), random_(seed) {}

  /// Applies from the next lump on.
  void set(const Lumps& lumps) { lumps_ = lumps; }
  const Lumps& lumps() const { return lumps_; }

  /// Takes all of `bytes`, which have arrived now, and appends to `out` what is delivered now.
  void pass(ByteView bytes, Time now, Bytes& out);
  /// When the pending lump is delivered; kNever if there is none.
  Time due() const { return due_; }
  std::size_t held() const { return held_.size(); }

 private:
  Lumps lumps_;
  base::Prng random_;
  Bytes held_;
  Time due_ = kNever;
};

}  // namespace serialtcp::sim
