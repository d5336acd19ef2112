// LoopTest: what becomes of bytes on a line whose RX and TX are joined: all values, and patterns that are hard for a cable, for
// two seconds at the speed of the line. It is fed with bytes and time, and says what is to be written.
//
//   first bytes -> (they are back: the round trip) -> all values -> patterns -> (all are back, or nothing comes any more) -> done
#pragma once

#include <cstdint>
#include <optional>

#include "doctor/finding.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::doctor {

class LoopTest {
 public:
  /// The patterns take this time, within these numbers of bytes.
  static constexpr Duration kLasts = std::chrono::seconds(2);
  static constexpr std::uint64_t kLeastBytes = 1024;
  static constexpr std::uint64_t kMostBytes = 128 * 1024;
  /// What has not come back in this time, beside the time on the line, is lost.
  static constexpr Duration kPatience = std::chrono::seconds(1);

  /// Bytes per second, by the settings of the line.
  explicit LoopTest(std::uint64_t nominal_rate);

  /// Up to `most` bytes that are to be written now. Valid until the next call.
  ByteView next(std::size_t most, Time now);
  void heard(ByteView bytes, Time now);
  /// When tick() is to be called.
  Time due() const;
  void tick(Time now);
  bool done() const { return done_; }

  Findings findings() const;

 private:
  Findings judge_bytes() const;
  std::optional<double> rate() const;

  const std::uint64_t rate_;
  Bytes stream_;  ///< all that is to be sent
  std::size_t sent_ = 0;
  Bytes received_;
  Time first_sent_{};
  Time first_back_{};  ///< all of the first bytes
  Time last_back_{};
  Time progress_{};
  bool done_ = false;
};

}  // namespace serialtcp::doctor
