// Two ends of a PPP link with a cable between them, in simulated time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ppp/link.h"
#include "sim/cable.h"

namespace serialtcp::ppp::test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = ip::LinkReport::Kind;

inline constexpr std::uint32_t kGateway = 0x0A000202;  // 10.0.2.2
inline constexpr std::uint32_t kDevice = 0x0A00020F;   // 10.0.2.15
inline constexpr std::uint32_t kDns = 0x0A000203;

inline Config config_of(std::uint64_t seed) {
  Config config;
  base::Prng prng(seed);
  for (Byte& byte : config.entropy) byte = static_cast<Byte>(prng.next());
  return config;
}
/// Gives addresses.
inline Config gateway(std::uint64_t seed = 1) {
  Config config = config_of(seed);
  config.ours = kGateway;
  config.peers = kDevice;
  config.dns = {kDns, 0};
  return config;
}
/// Asks for them.
inline Config device(std::uint64_t seed = 2) {
  Config config = config_of(seed);
  config.asks_dns = true;
  return config;
}

/// An IPv4 packet of so many bytes whose contents are known from `number`.
inline Bytes datagram(std::size_t size, std::uint32_t number, unsigned version = 4) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>(number * 31 + i * 7);
  bytes[0] = static_cast<Byte>(version << 4U | 5U);
  return bytes;
}

struct PppPair {
  explicit PppPair(const Config& first, const Config& second, const sim::CableConfig& config = {},
                   std::uint64_t seed = 1)
      : cable(config, seed) {
    ends[0] = std::make_unique<PppLink>(first, now);
    ends[1] = std::make_unique<PppLink>(second, now);
  }

  PppLink& a() { return *ends[0]; }
  PppLink& b() { return *ends[1]; }

  void replace(std::size_t end, const Config& config) {
    ends[end] = std::make_unique<PppLink>(config, now);
    ++replaced;
  }

  /// Moves what can be moved now.
  void exchange() {
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const sim::End end = i == 0 ? sim::End::a : sim::End::b;
      if (ends[i]->deadline() <= now) ends[i]->tick(now);
      Bytes arrived;
      cable.receive(end, now, arrived);
      if (!arrived.empty()) ends[i]->receive(arrived, now);
      while (auto report = ends[i]->poll()) take(i, std::move(*report));
      const Bytes bytes = ends[i]->transmit(std::min<std::size_t>(cable.room(end, now), 64));
      if (!bytes.empty()) cable.send(end, bytes, now);
    }
  }
  void take(std::size_t i, ip::LinkReport report) {
    if (report.kind == Kind::datagram) return datagrams[i].push_back(std::move(report.datagram));
    if (report.kind == Kind::up) {
      ups[i].push_back(now);
    } else {
      if (report.kind == Kind::down) ++downs[i];
      texts[i].push_back(report.text);
    }
  }

  Time next() const {
    Time next = kNever;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const sim::End end = i == 0 ? sim::End::a : sim::End::b;
      next = std::min({next, ends[i]->deadline(), cable.next_arrival(end)});
      if (ends[i]->pending() > 0) next = std::min(next, std::max(now, cable.room_time(end, 64)));
    }
    return std::max(next, now + std::chrono::microseconds(1));
  }
  void run_until(Time time) {
    while (now < time) {
      exchange();
      now = std::min(time, next());
    }
    exchange();
  }
  void run_for(Duration duration) { run_until(now + duration); }
  bool both_up() { return a().is_up() && b().is_up(); }
  /// False if it takes longer.
  bool run_until_up(Duration limit) {
    const Time end = now + limit;
    for (exchange(); now < end && !both_up(); exchange()) now = std::min(end, next());
    return both_up();
  }
  std::string all_texts(std::size_t i) const {
    std::string all;
    for (const std::string& text : texts[i]) all += text + "\n";
    return all;
  }

  Time now = Time(seconds(1));
  sim::Cable cable;
  std::array<std::unique_ptr<PppLink>, 2> ends;
  std::array<std::vector<Bytes>, 2> datagrams;
  std::array<std::vector<Time>, 2> ups;
  std::array<int, 2> downs{};
  std::array<std::vector<std::string>, 2> texts;
  int replaced = 0;
};

}  // namespace serialtcp::ppp::test
