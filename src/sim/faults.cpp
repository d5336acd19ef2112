#include "sim/faults.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace serialtcp::sim {

void FaultGap::set(double probability, base::Prng& prng) {
  if (probability == probability_) return;
  probability_ = probability;
  draw(prng);
}

void FaultGap::draw(base::Prng& prng) {
  if (probability_ <= 0) {
    distance_ = kNever;
  } else if (probability_ >= 1) {
    distance_ = 0;
  } else {
    // The number of misses before a hit, geometrically distributed. 2^62 is beyond what any run sends.
    const double misses = std::floor(std::log1p(-prng.unit()) / std::log1p(-probability_));
    distance_ = misses < 0x1.0p62 ? static_cast<std::uint64_t>(misses) : std::uint64_t{1} << 62;
  }
}

void FaultGap::pass(std::uint64_t units) {
  if (distance_ == kNever) return;
  CHECK(units <= distance_);
  distance_ -= units;
}

bool FaultGap::strikes(base::Prng& prng) {
  if (distance_ == 0) {
    draw(prng);
    return true;
  }
  pass(1);
  return false;
}

FaultInjector::FaultInjector(const Faults& faults, std::uint64_t seed) : prng_(seed) {
  set(faults);
}

void FaultInjector::set(const Faults& faults) {
  faults_ = faults;
  flip_.set(faults.ber, prng_);
  drop_.set(faults.drop, prng_);
  insert_.set(faults.insert, prng_);
  duplicate_.set(faults.duplicate, prng_);
  zero_.set(faults.zero, prng_);
  burst_.set(faults.burst, prng_);
  if (faults.burst <= 0) burst_left_ = 0;
}

void FaultInjector::apply(ByteView bytes, Bytes& out) {
  if (faults_.alterations.empty() && !faults_.strip) return apply_noise(bytes, out);
  altered_.clear();
  alter(bytes, altered_);
  apply_noise(altered_, out);
}

void FaultInjector::alter(ByteView bytes, Bytes& out) {
  for (const Byte byte : bytes) {
    const auto it = std::ranges::find(faults_.alterations, byte, &Alteration::value);
    const std::size_t before = out.size();
    if (it == faults_.alterations.end()) {
      out.push_back(byte);
    } else {
      out.insert(out.end(), it->becomes.begin(), it->becomes.end());
    }
    const bool stripped = faults_.strip && byte >= 0x80;
    if (faults_.strip) {
      for (std::size_t i = before; i < out.size(); ++i) out[i] = static_cast<Byte>(out[i] & 0x7FU);
    }
    if (stripped || it != faults_.alterations.end()) ++stats_.altered;
  }
}

void FaultInjector::apply_noise(ByteView bytes, Bytes& out) {
  while (!bytes.empty()) {
    const std::size_t clean = std::min(bytes.size(), clean_run());
    out.insert(out.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(clean));
    pass(clean);
    bytes = bytes.subspan(clean);
    if (bytes.empty()) return;
    damage(bytes.front(), out);
    bytes = bytes.subspan(1);
  }
}

std::size_t FaultInjector::clean_run() const {
  if (burst_left_ > 0) return 0;
  const std::uint64_t bytes_without_flip =
      flip_.distance() == FaultGap::kNever ? FaultGap::kNever : flip_.distance() / 8;
  const std::uint64_t run = std::min({bytes_without_flip, drop_.distance(), insert_.distance(),
                                      duplicate_.distance(), zero_.distance(), burst_.distance()});
  return static_cast<std::size_t>(std::min<std::uint64_t>(run, std::numeric_limits<std::size_t>::max()));
}

void FaultInjector::pass(std::size_t bytes) {
  flip_.pass(std::uint64_t{bytes} * 8);
  for (FaultGap* gap : {&drop_, &insert_, &duplicate_, &zero_, &burst_}) gap->pass(bytes);
}

void FaultInjector::damage(Byte byte, Bytes& out) {
  if (burst_.strikes(prng_)) burst_left_ = faults_.burst_length;
  if (burst_left_ > 0) {
    --burst_left_;
    ++stats_.randomized;
    byte = random_byte();
  }
  if (zero_.strikes(prng_)) {
    ++stats_.zeroed;
    byte = 0;
  }
  byte = flip_bits(byte);
  if (drop_.strikes(prng_)) {
    ++stats_.dropped;
  } else {
    out.push_back(byte);
  }
  if (duplicate_.strikes(prng_)) {
    ++stats_.duplicated;
    out.push_back(byte);
  }
  if (insert_.strikes(prng_)) {
    ++stats_.inserted;
    out.push_back(random_byte());
  }
}

Byte FaultInjector::flip_bits(Byte byte) {
  if (flip_.distance() >= 8) {
    flip_.pass(8);
    return byte;
  }
  for (unsigned bit = 0; bit < 8; ++bit) {
    if (!flip_.strikes(prng_)) continue;
    ++stats_.flipped;
    byte = static_cast<Byte>(byte ^ (1U << bit));
  }
  return byte;
}

}  // namespace serialtcp::sim
