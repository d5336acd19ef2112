// Shaper limits the rate of one direction of a service. All its connections share the limit and take turns.
// Does not know what a turn moves, nor where to.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/bucket.h"
#include "os/asio.h"
#include "os/lifetime.h"

namespace serialtcp::io {

class Shaper {
 public:
  /// Moves at most `room` bytes and returns how many. May wait() for another turn.
  using Turn = std::move_only_function<std::size_t(std::size_t room)>;

  /// Maximum of bytes in a turn, so that other connections of the service get their turn soon.
  static constexpr std::size_t kMaxTurn = 4096;
  /// A turn moves what the rate allows in this time, so that slow services move small pieces.
  static constexpr Duration kStep = std::chrono::milliseconds(20);

  /// `rate` in bytes per second, not 0. The context must outlive the shaper.
  Shaper(asio::io_context& context, std::uint64_t rate);

  /// `turn` is called once, from the loop, after those that are waiting already; never directly from this
  /// call.
  void wait(Turn turn);

 private:
  void arm();
  void take_turns();

  std::size_t step_;
  base::Bucket budget_;
  asio::steady_timer timer_;
  std::deque<Turn> turns_;
  bool armed_ = false;
  Lifetime lifetime_;
};

/// The limits on both directions of a service; null where there is none.
struct Shapers {
  std::shared_ptr<Shaper> input = {};   ///< from the socket to the stream
  std::shared_ptr<Shaper> output = {};  ///< from the stream to the socket
};

/// `limit` in bytes per second, for each direction; empty: none.
inline Shapers make_shapers(asio::io_context& context, const std::optional<std::uint64_t>& limit) {
  if (!limit) return {};
  return {std::make_shared<Shaper>(context, *limit), std::make_shared<Shaper>(context, *limit)};
}

}  // namespace serialtcp::io
