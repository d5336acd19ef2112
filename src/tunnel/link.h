// Link: what all parts of a Tunnel share: its configuration, the peer, and the objects of link/ that measure
// the line and count frames. Tunnel owns and changes it; streams and speakers read it, and record what they
// do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/event_queue.h"
#include "link/pacer.h"
#include "link/receiver.h"
#include "link/sender.h"
#include "link/turns.h"
#include "serialtcp/config.h"
#include "serialtcp/stats.h"
#include "wire/hello.h"

namespace serialtcp::tunnel {

enum class LinkState : std::uint8_t { down, heard, up, leaving };

/// The contents of the peer's hello.
struct Peer {
  SessionId session;
  std::uint32_t max_streams = 0;
  std::uint32_t initial_credit = 0;
  wire::Features features;
};

struct Link {
  /// Bytes per second.
  static constexpr std::uint64_t kLeastRateForParts = 900;
  /// The least length of frames, in bytes, or as a part of a second.
  static constexpr std::size_t kLeastFrameWithParts = 1000;
  static constexpr std::uint64_t kLeastPartOfASecond = 10;
  /// On a far path, what is saved is little beside the round trip.
  static constexpr Duration kLongestAnswerWithParts = std::chrono::milliseconds(250);

  explicit Link(const EndpointConfig& c) : config(c), nominal_rate(c.nominal_rate), pacer(c.nominal_rate) {}

  /// The line has another speed: `speed` in place of `base`, to which the configured rate belongs. `measured` as in Pacer.
  void set_rate(std::uint32_t speed, std::uint32_t base, std::uint64_t measured, Time now) {
    const std::uint64_t rate = std::max<std::uint64_t>(1, config.nominal_rate * speed / base);
    if (std::exchange(nominal_rate, rate) != rate) pacer.line_has_rate(rate, measured, now);
  }

  /// Whether long frames have check values within: both ends understand them, and the line is fast and even enough that
  /// they pay. The tag of a sealed frame is of all of it, and where both ends take turns, the other one cannot answer
  /// before the end of a turn.
  bool may_divide(Time now) const {
    const bool known =
        config.parts && !config.key && !turns.in_use() && peer.features.has(wire::Feature::parts);
    if (!known || pacer.rate() < kLeastRateForParts || pacer.may_be_lumpy(now)) return false;
    if (!sender->rtt().measured() || answer_time() > kLongestAnswerWithParts) return false;
    const std::size_t least = std::min<std::size_t>(kLeastFrameWithParts, pacer.rate() / kLeastPartOfASecond);
    return sender->frame_length().payload(pacer.rate(), false, true) >= least;
  }

  /// Only measured values: a guess would make windows larger than necessary.
  Duration answer_time() const {
    const Duration turn = turns.in_use() ? turns.longest_turn() : Duration{};
    return sender && sender->rtt().measured() ? std::max(sender->longest_wait(), turn) : Duration{};
  }

  const EndpointConfig config;
  std::uint64_t nominal_rate;  ///< of the present speed, in bytes per second
  LinkState state = LinkState::down;
  Peer peer;
  link::Pacer pacer;
  std::optional<link::Sender> sender;      ///< while a peer is known
  std::optional<link::Receiver> receiver;  ///< while a peer is known
  link::Turns turns;                       ///< on a half-duplex line
  bool divides = false;                    ///< may_divide(), when the last frame began
  bool line_away = false;
  base::EventQueue events;
  Stats stats;
};

}  // namespace serialtcp::tunnel
