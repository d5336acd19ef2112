// Inbound: what the line does to bytes on their way to this end, from the bytes themselves: the other end sends known ones
// (wire/test_stream) in the frames of an ordinary link, and a damaged frame still shows which of them arrived.
#pragma once

#include <cstdint>
#include <vector>

#include "doctor/alignment.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::doctor {

struct Damage {
  Time at{};
  Slip slip;
};

class Inbound {
 public:
  /// Without an end of frame, so many bytes are kept, and then given up.
  static constexpr std::size_t kMostKept = 64 * 1024;
  static constexpr std::size_t kMostDamages = 10'000;

  /// All that arrives, as it arrives.
  void heard(ByteView bytes, Time now);

  /// The first kMostDamages.
  const std::vector<Damage>& damages() const { return damages_; }
  /// Test bytes that could be compared.
  std::uint64_t compared() const { return compared_; }

 private:
  void look_at(ByteView segment, Time now);

  Bytes kept_;
  bool escape_ = false;  ///< the last byte may be the first of an end of frame
  std::vector<Damage> damages_;
  std::uint64_t compared_ = 0;
};

}  // namespace serialtcp::doctor
