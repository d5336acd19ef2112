// VanishedPeer: decides when a peer that acknowledges nothing is gone. Keep-alive does not: the kernel sends
// no probes while data waits, and sends that again for a quarter of an hour. Pure.
#pragma once

#include <optional>

#include "net/tcp_options.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class VanishedPeer {
 public:
  /// How often to look.
  static constexpr Duration kInterval = std::chrono::seconds(5);
  /// A peer is given so long. The kernel sends again ever less often: after 30 s of lost packets it may be
  /// another 30 s until it does.
  static constexpr Duration kPatience = std::chrono::seconds(60);

  enum class Verdict : std::uint8_t { all_acknowledged, waiting, vanished };

  Verdict judge(const Acknowledged& state, Time now);

 private:
  std::optional<Time> asking_since_;
};

}  // namespace serialtcp::io
