// Pair: two Endpoints, a Cable between them, and one virtual clock: the whole program without a machine. The
// same seed gives the same run. The user of the pair polls the events of the endpoints and calls their
// operations.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "base/prng.h"
#include "serialtcp/endpoint.h"
#include "sim/cable.h"

namespace serialtcp::sim {

struct PairConfig {
  EndpointConfig a{.role = Role::server};
  EndpointConfig b{.role = Role::client};
  /// If these ports can be set to other speeds.
  std::optional<LineSpeeds> a_speeds = std::nullopt;
  std::optional<LineSpeeds> b_speeds = std::nullopt;
  CableConfig cable;
  std::uint64_t seed = 1;
};

class Pair {
 public:
  explicit Pair(const PairConfig& config);

  Time now() const { return now_; }
  /// The endpoint must not be stopped (CHECK).
  Endpoint& at(End end);
  bool running(End end) const { return endpoints_[index(end)].has_value(); }
  Cable& cable() { return cable_; }

  /// Moves what the endpoint can send now to the cable. To be called after any operation on a stream.
  void pump(End end);
  /// Advances to the next event, but not beyond `limit`. Returns false when it stopped at `limit`.
  bool step(Time limit);

  /// kill -9, and a new start. What is in the driver's queue of the old process is still sent.
  void stop(End end);
  void start(End end);
  /// SIGSTOP and SIGCONT: what arrives meanwhile is queued in the driver, as far as its buffer allows.
  void suspend(End end) { suspended_[index(end)] = true; }
  void resume(End end);
  bool suspended(End end) const { return suspended_[index(end)]; }
  /// The device goes away with everything that it holds, and comes back. What arrives meanwhile is lost.
  void unplug(End end);
  void plug(End end);
  /// The protocol of this end from the next start() on.
  void set_protocol(End end, Protocol protocol);
  void set_key(End end, const std::optional<Key>& key);
  /// The services of this end from the next start() on.
  void set_services(End end, const ServiceNames& services);

  /// What the driver of this end says.
  std::uint32_t speed(End end) const { return cable_.settings(end).baud; }

  /// A function that sees and may change what arrives at an end.
  using Tap = std::function<void(End to, Bytes& bytes, Time now)>;
  void set_tap(Tap tap) { tap_ = std::move(tap); }

 private:
  static std::size_t index(End end) { return end == End::a ? 0 : 1; }
  Time next(End end);
  void serve(End end);
  const std::optional<LineSpeeds>& speeds(End end) const {
    return end == End::a ? config_.a_speeds : config_.b_speeds;
  }
  void set_speed(End end, std::uint32_t baud);
  void change_speed(End end);

  PairConfig config_;
  base::Prng random_;
  Time now_{};
  Cable cable_;
  std::array<std::optional<Endpoint>, 2> endpoints_;
  std::array<bool, 2> suspended_{};
  std::array<bool, 2> unplugged_{};
  std::array<Bytes, 2> rooms_;
  Bytes arrived_;
  Tap tap_;
  std::uint64_t steps_without_time_ = 0;
};

}  // namespace serialtcp::sim
