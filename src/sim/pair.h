// Pair: two Endpoints, a Cable between them, and one virtual clock: the whole program without a machine
// around it. The same seed gives the same run. What the endpoints have to say (events) and what is done to
// them is the user's part.
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
  CableConfig cable;
  std::uint64_t seed = 1;
};

class Pair {
 public:
  explicit Pair(const PairConfig& config);

  Time now() const { return now_; }
  /// Must exist: it was not stopped.
  Endpoint& at(End end);
  bool running(End end) const { return endpoints_[index(end)].has_value(); }
  Cable& cable() { return cable_; }

  /// Lets the endpoint hand over what it can now. To be called after any stream verb.
  void pump(End end);
  /// Goes on to the next thing that happens, but not beyond `limit`. Returns false when it stopped at
  /// `limit`.
  bool step(Time limit);

  /// kill -9, and a new start. What the dead one had in its driver's queue still leaves.
  void stop(End end);
  void start(End end);
  /// SIGSTOP and SIGCONT: what arrives meanwhile waits in the driver, as far as that has room.
  void suspend(End end) { suspended_[index(end)] = true; }
  void resume(End end);
  bool suspended(End end) const { return suspended_[index(end)]; }
  /// The device goes, with all that it held, and comes back. What arrives meanwhile is lost.
  void unplug(End end);
  void plug(End end);
  /// What a later start() of this end speaks.
  void set_protocol(End end, Protocol protocol);
  void set_key(End end, const std::optional<Key>& key);
  /// And which services it has.
  void set_services(End end, const ServiceNames& services);

  /// Somebody at the cable, who sees and may change what arrives at an end.
  using Tap = std::function<void(End to, Bytes& bytes, Time now)>;
  void set_tap(Tap tap) { tap_ = std::move(tap); }

 private:
  static std::size_t index(End end) { return end == End::a ? 0 : 1; }
  Time next(End end);
  void serve(End end);

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
