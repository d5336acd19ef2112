// Dice: the unpredictable numbers of a link (magic numbers, challenges), from entropy that the caller has given.
#pragma once

#include <array>
#include <cstdint>

#include "ppp/md5.h"
#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

class Dice {
 public:
  explicit Dice(const std::array<Byte, 32>& entropy) : seed_(entropy.begin(), entropy.end()) {
    seed_.resize(entropy.size() + sizeof(std::uint64_t));
  }

  Md5Digest roll() {
    for (std::size_t i = seed_.size() - sizeof(std::uint64_t); i < seed_.size() && ++seed_[i] == 0; ++i) {
    }
    return md5(seed_);
  }

  /// Not zero.
  std::uint64_t number() {
    std::uint64_t value = 0;
    while (value == 0) {
      for (const Byte byte : roll()) value = value << 8U | byte;
    }
    return value;
  }

 private:
  Bytes seed_;  // the entropy and a counter
};

}  // namespace serialtcp::ppp
