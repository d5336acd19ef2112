// One Endpoint whose peer speaks the original's protocol, more or less: its codes in any order, data,
// silence, and sometimes our own protocol. The endpoint detects automatically which protocol that is, or is
// configured for it.
#include "../tests/unit/fake_peer.h"
#include "legacy/code.h"
#include "verbs.h"

namespace serialtcp::fuzz {
namespace {

void run(Input input) {
  static constexpr Byte kCodes[] = {'C',  'c',  'F',  's',  'D',  0xC1, 0xC2, 0xC3,
                                    0xE0, 0xE1, 0xE2, 0xE3, 0x7E, 0x1F, 0x7C, 'x'};
  const Byte choice = input.u8();
  EndpointConfig config;
  config.role = (choice & 1U) != 0 ? Role::server : Role::client;
  config.protocol = (choice & 2U) != 0 ? Protocol::original : Protocol::automatic;
  config.max_streams = 8;
  Time now = Time{} + std::chrono::hours(1);
  Endpoint endpoint(config, Entropy{choice});
  Verbs verbs(endpoint);
  Bytes room(1U + (choice >> 2) * 16U);
  while (!input.empty()) {
    const Byte what = input.u8();
    switch (what % 8) {
      case 0:
      case 1:
      case 2:
        endpoint.feed(Bytes{legacy::kEscape, kCodes[what >> 4]}, now);
        break;
      case 3:
        endpoint.feed(input.bytes(what), now);
        break;
      case 4:
        now += input.duration();
        endpoint.tick(now);
        break;
      case 5:
        verbs.act(input, now);
        break;
      case 6:
        // The silence that ends a burst.
        now += std::chrono::milliseconds(20);
        endpoint.tick(now);
        break;
      default:
        if (what == 0xFF) endpoint.line_restored(now);
        if (what == 0xF7) endpoint.line_lost(now);
        if (what == 0xEF) endpoint.shut_down(now);
        // A peer with our own protocol replaces the original.
        if (what == 0xE7) test::FakePeer(endpoint, now).say_hello();
        static_cast<void>(endpoint.feed_room());
        static_cast<void>(endpoint.deadline());
        static_cast<void>(endpoint.transmit_due());
        static_cast<void>(endpoint.finished());
        break;
    }
    std::size_t said = 0;
    while (const std::size_t count = endpoint.transmit(room, now)) said += count;
    demand(said < 1'000'000, "it does not talk for ever");
    verbs.drain();
    verbs.check();
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::run({data, size});
  return 0;
}
