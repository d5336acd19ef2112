// Lumper: something in the path that does not hand bytes on one by one but in lumps: a TCP relay with Nagle's
// algorithm and delayed acknowledgements, a radio, a serial-over-LAN controller. It loses and damages nothing.
#pragma once

#include <cstddef>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::sim {

struct Lumps {
  Duration every{
      0};  ///< a lump is handed on so long after its first byte came; 0: bytes are handed on at once
  double jitter = 0;  ///< that time differs from lump to lump, by up to this share of it either way; 0 .. 1
  std::size_t size = 0;  ///< a lump of so many bytes does not wait any longer; 0: no limit

  bool operator==(const Lumps&) const = default;
};

class Lumper {
 public:
  Lumper(const Lumps& lumps, std::uint64_t seed) : lumps_(lumps), random_(seed) {}

  /// Takes effect with the next lump.
  void set(const Lumps& lumps) { lumps_ = lumps; }
  const Lumps& lumps() const { return lumps_; }

  /// Takes all of `bytes`, which have come now, and appends to `out` what is handed on now.
  void pass(ByteView bytes, Time now, Bytes& out);
  /// When the lump that waits is handed on; kNever if there is none.
  Time due() const { return due_; }
  std::size_t held() const { return held_.size(); }

 private:
  Lumps lumps_;
  base::Prng random_;
  Bytes held_;
  Time due_ = kNever;
};

}  // namespace serialtcp::sim
