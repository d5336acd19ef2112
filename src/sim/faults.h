// The faults of a line: flips, losses, insertions, bursts. Driven by a seed; it does not know time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::sim {

/// What a line that is not 8-bit clean does to one byte value.
struct Alteration {
  Byte value = 0;
  Bytes becomes = {};  ///< empty: the byte is lost

  bool operator==(const Alteration&) const = default;
};

/// Probabilities are per byte, except `ber`. All are between 0 (never) and 1 (always).
struct Faults {
  double ber = 0;        ///< per data bit: it arrives flipped
  double drop = 0;       ///< the byte is lost
  double insert = 0;     ///< a random byte arrives after it
  double duplicate = 0;  ///< it arrives twice
  double zero = 0;       ///< it arrives as 0x00, as a framing error does
  double burst = 0;      ///< a burst begins: each of its bytes arrives as a random one
  std::uint32_t burst_length = 16;
  double stall = 0;  ///< the sender stops before this byte, for stall_time
  Duration stall_time = std::chrono::milliseconds(50);
  std::uint32_t wake_bytes = 0;  ///< this many bytes are lost after the line was silent for wake_silence
  Duration wake_silence = std::chrono::milliseconds(20);
  std::vector<Alteration> alterations = {};  ///< each value at most once
  bool strip = false;                        ///< the highest bit of all bytes is lost

  bool operator==(const Faults&) const = default;
};

struct FaultStats {
  std::uint64_t flipped = 0;  ///< bits
  std::uint64_t dropped = 0;  ///< bytes, as are the following counters
  std::uint64_t inserted = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t zeroed = 0;
  std::uint64_t randomized = 0;  ///< by bursts
  std::uint64_t altered = 0;     ///< by a line that is not 8-bit clean
};

/// The distance to the next unit that a fault hits. It takes one random number for each fault, however rare
/// faults are.
class FaultGap {
 public:
  void set(double probability, base::Prng& prng);

  /// Units before the next one that is hit; kNever if there is none.
  std::uint64_t distance() const { return distance_; }
  /// Passes over this many units, at most distance().
  void pass(std::uint64_t units);
  /// Passes over one unit, and returns whether the fault hits it.
  bool strikes(base::Prng& prng);

  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

 private:
  void draw(base::Prng& prng);

  double probability_ = 0;
  std::uint64_t distance_ = kNever;
};

/// Applies all faults except stalls and bytes lost after a silence, which depend on time (see Wire).
class FaultInjector {
 public:
  FaultInjector(const Faults& faults, std::uint64_t seed);

  /// Applies from the next byte on. A burst in progress ends if there are no bursts any more.
  void set(const Faults& faults);

  /// Appends to `out` what arrives of `bytes`.
  void apply(ByteView bytes, Bytes& out);

  const FaultStats& stats() const { return stats_; }

 private:
  void apply_noise(ByteView bytes, Bytes& out);
  void alter(ByteView bytes, Bytes& out);
  std::size_t clean_run() const;
  void pass(std::size_t bytes);
  void damage(Byte byte, Bytes& out);
  Byte flip_bits(Byte byte);
  Byte random_byte() { return static_cast<Byte>(prng_.next() >> 56); }

  base::Prng prng_;
  Faults faults_;
  FaultGap flip_;  // in bits; the others in bytes
  FaultGap drop_;
  FaultGap insert_;
  FaultGap duplicate_;
  FaultGap zero_;
  FaultGap burst_;
  std::uint32_t burst_left_ = 0;
  Bytes altered_;  // temporary
  FaultStats stats_;
};

}  // namespace serialtcp::sim
