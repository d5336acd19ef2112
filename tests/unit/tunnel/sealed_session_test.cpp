// The session of a sealed end, as far as its peer may know it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "serialtcp/endpoint.h"

namespace serialtcp {
namespace {

using namespace std::chrono_literals;

struct End {
  End(Role role, Byte seed) : endpoint(config(role), Entropy{seed}) {}

  static EndpointConfig config(Role role) {
    EndpointConfig config;
    config.role = role;
    config.nominal_rate = 1'000'000;
    config.key = Key(std::array<Byte, Key::kSize>{7});
    return config;
  }

  Bytes say(Time now) {
    Bytes bytes(4096);
    bytes.resize(endpoint.transmit(bytes, now));
    return bytes;
  }
  void hear(const Bytes& bytes, Time now) {
    endpoint.feed(bytes, now);
    endpoint.tick(now);
    while (const auto event = endpoint.poll())
      downs += std::holds_alternative<event::LinkDown>(*event) ? 1 : 0;
  }

  Endpoint endpoint;
  int downs = 0;
};

// It answered, and then did not run for longer than an answer is remembered (the machine was suspended).
TEST(SealedSession, StaysWhenAnAnswerLeavesLate) {
  for (Byte seed = 1; seed < 20; ++seed) {
    End server(Role::server, seed);
    End client(Role::client, static_cast<Byte>(100 + seed));
    Time now = Time{} + 1h;
    client.hear(server.say(now), now);
    now += 20s;
    server.hear({}, now);
    for (int i = 0; i < 3000; ++i, now += 10ms) {
      server.hear(client.say(now), now);
      client.hear(server.say(now), now);
    }
    EXPECT_TRUE(server.endpoint.link_up() && client.endpoint.link_up()) << int{seed};
    EXPECT_EQ(server.downs + client.downs, 0) << int{seed};
  }
}

}  // namespace
}  // namespace serialtcp
