// BytesHeard: where both ends send at the same time, reports to the peer how much of what it sent has
// arrived, if something did not. From this the peer detects a half-duplex line (link/duplex_watch). It is
// sent in frames that are sent for another reason, and is not repeated.
#pragma once

#include <algorithm>

#include "link/duplex_watch.h"
#include "tunnel/link.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class BytesHeard final : public Speaker {
 public:
  explicit BytesHeard(const Link& link) : link_(link) {}

  link::HeardReport& report() { return report_; }

  Time due(During) const override { return kNever; }
  void write(FrameRoom& room, Time now) override {
    if (link_.turns.in_use() || !link_.peer.features.has(wire::Feature::turns)) return;
    const Duration interval = std::max(kInterval, link_.pacer.time_for(kIntervalBytes));
    const std::optional<link::BytesHeard> heard = report_.take(interval, now);
    if (heard) wire::write_chunk(wire::chunk::Arrived{heard->number_low16, heard->bytes_low24}, room.raw);
  }

 private:
  // Sent at most this often, and at most once in the time of kIntervalBytes: 0.5 % of the line.
  static constexpr Duration kInterval = std::chrono::milliseconds(600);
  static constexpr std::size_t kIntervalBytes = 1400;

  const Link& link_;
  link::HeardReport report_;
};

}  // namespace serialtcp::tunnel
