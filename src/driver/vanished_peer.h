// VanishedPeer decides when a peer that acknowledges nothing is gone. Keep-alive does not detect this: while
// data is pending, the kernel sends no probes, and retransmits the data for a quarter of an hour. It reads no
// clock.
#pragma once

#include <optional>

#include "net/tcp_options.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class VanishedPeer {
 public:
  /// How often to check.
  static constexpr Duration kInterval = std::chrono::seconds(5);
  /// The time that a peer is given. The kernel retransmits less and less often: after 30 s of lost packets it
  /// may take another 30 s until the next one.
  static constexpr Duration kPatience = std::chrono::seconds(60);

  enum class Verdict : std::uint8_t { all_acknowledged, waiting, vanished };

  Verdict judge(const Acknowledged& state, Time now);

 private:
  std::optional<Time> asking_since_;
};

}  // namespace serialtcp::io
