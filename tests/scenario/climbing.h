// What tests of --climb have in common: two ends that can raise the speed of their line, and what they were told.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "measures.h"

namespace serialtcp::test {

inline constexpr std::uint32_t kBase = 115200;
inline constexpr LineSpeeds kFast{.base = kBase, .most = 3000000};

/// Counts how often the driver of either end was set to another speed.
class Changes {
 public:
  explicit Changes(World& world) : world_(world) {}
  void look() {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const std::uint32_t speed = world_.pair().speed(i == 0 ? End::a : End::b);
      if (std::exchange(last_[i], speed) != speed) ++count_;
    }
  }
  int count() const { return count_; }

 private:
  World& world_;
  std::array<std::uint32_t, 2> last_{kBase, kBase};
  int count_ = 0;
};

inline void limit(World& world, std::uint32_t a_to_b, std::uint32_t b_to_a) {
  world.pair().cable().set_limit(End::a, a_to_b, world.now());
  world.pair().cable().set_limit(End::b, b_to_a, world.now());
}

inline WorldConfig climbing(std::uint64_t seed = 1) {
  return {.baud = kBase, .seed = seed, .a_speeds = kFast, .b_speeds = kFast};
}

inline std::size_t told(const World& world, End end, event::LineSpeed::What what) {
  return static_cast<std::size_t>(std::ranges::count_if(world.line_events(end), [what](const Event& event) {
    const auto* speed = std::get_if<event::LineSpeed>(&event);
    return speed != nullptr && speed->what == what;
  }));
}

/// What the user of this end was told, for a failure message.
inline std::string history(const World& world, End end) {
  static constexpr std::array<std::string_view, 9> kWhat = {"climbs",   "settled", "kept",  "poor",  "lost",
                                                            "left out", "stays",   "coded", "proven"};
  std::string text;
  for (const Event& event : world.line_events(end)) {
    if (const auto* speed = std::get_if<event::LineSpeed>(&event)) {
      text += std::string(kWhat.at(static_cast<std::size_t>(speed->what))) + " " +
              std::to_string(speed->speed) + " " + std::to_string(speed->other) + " (" +
              std::to_string(speed->permille) + "); ";
    } else if (std::holds_alternative<event::LinkDown>(event)) {
      text += "link down; ";
    }
  }
  return text;
}

inline std::string history(const World& world) {
  return "a: " + history(world, End::a) + "b: " + history(world, End::b);
}

inline bool both_at(World& world, std::uint32_t speed) {
  return world.pair().speed(End::a) == speed && world.pair().speed(End::b) == speed;
}

inline constexpr std::array<std::uint32_t, 10> kRungs = {115200, 230400,  460800,  500000,  576000,
                                                         921600, 1000000, 1500000, 2000000, 2500000};

/// The index of the fastest one up to `limit`; 3,000,000 is the one after them.
inline std::size_t rung(std::uint32_t limit) {
  if (limit == 0 || limit >= 3000000) return kRungs.size();
  return static_cast<std::size_t>(std::ranges::upper_bound(kRungs, limit) - kRungs.begin()) - 1;
}

}  // namespace serialtcp::test
