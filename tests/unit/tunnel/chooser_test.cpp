// Which protocol is in use: how two ends that noise has brought to the original's protocol return to their
// own.
#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <variant>

#include "serialtcp/endpoint.h"
#include "wire_text.h"

namespace serialtcp {
namespace {

using namespace std::chrono_literals;
using test::wire;

/// An endpoint that detects the protocol automatically, and was made to believe that the original is at the
/// other end.
class Fooled {
 public:
  Fooled(Role role, Byte seed) : endpoint_(config(role), Entropy{seed}) {
    const bool server = role == Role::server;
    for (const std::string_view code : server ? kClientCodes : kServerCodes) {
      say();
      endpoint_.feed(wire(code), now_);
      now_ += 20ms;
      endpoint_.tick(now_);
    }
  }

  /// What it sends until now.
  Bytes say() {
    if (endpoint_.deadline() <= now_) endpoint_.tick(now_);
    Bytes all;
    Bytes room(4096);
    while (const std::size_t count = endpoint_.transmit(room, now_)) {
      all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
    }
    while (const auto event = endpoint_.poll()) {
      if (const auto* up = std::get_if<event::LinkUp>(&*event)) protocol_ = up->protocol;
    }
    return all;
  }
  void hear(const Bytes& bytes) { endpoint_.feed(bytes, now_); }
  void pass(Duration time) { now_ += time; }
  Protocol protocol() const { return protocol_; }
  bool link_up() const { return endpoint_.link_up(); }

 private:
  static constexpr std::array<std::string_view, 3> kClientCodes = {"1F C1", "1F C2", "1F C3"};
  static constexpr std::array<std::string_view, 3> kServerCodes = {"1F E1", "1F E2", "1F E3"};

  static EndpointConfig config(Role role) {
    EndpointConfig config;
    config.role = role;
    return config;
  }

  Endpoint endpoint_;
  Time now_ = Time{} + 1h;
  Protocol protocol_ = Protocol::automatic;
};

TEST(TwoFooledEnds, LeaveTheOriginalsProtocolByThemselves) {
  Fooled server(Role::server, 1);
  Fooled client(Role::client, 2);
  server.say();
  client.say();
  ASSERT_EQ(server.protocol(), Protocol::original);
  ASSERT_EQ(client.protocol(), Protocol::original);
  for (int i = 0; i < 11'000; ++i) {
    client.hear(server.say());
    server.hear(client.say());
    server.pass(1ms);
    client.pass(1ms);
  }
  EXPECT_EQ(server.protocol(), Protocol::own);
  EXPECT_EQ(client.protocol(), Protocol::own);
  EXPECT_TRUE(server.link_up() && client.link_up());
}

}  // namespace
}  // namespace serialtcp
