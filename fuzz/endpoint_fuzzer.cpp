// One Endpoint, with a key or without, that is fed arbitrary bytes and called in any order, while time
// advances in steps from microseconds to hours.
#include "verbs.h"

namespace serialtcp::fuzz {
namespace {

void run(Input input) {
  const Byte choice = input.u8();
  EndpointConfig config;
  config.role = (choice & 1U) != 0 ? Role::server : Role::client;
  const std::uint32_t rate = input.u16();
  config.nominal_rate = 1U + (rate & 0x7FFFU) * (1U + (choice & 0xF0U));
  if ((rate & 0x8000U) != 0) config.key = shared_key();
  config.max_streams = 1U + (choice & 0x0EU);
  Time now = Time{} + std::chrono::hours(1);
  Endpoint endpoint(config, Entropy{choice});
  Verbs verbs(endpoint);
  Bytes room(4096);
  while (!input.empty()) {
    const Byte what = input.u8();
    switch (what % 8) {
      case 0:
      case 1:
        endpoint.feed(input.bytes(what), now);
        break;
      case 2:
        now += input.duration();
        break;
      case 3:
        endpoint.tick(now);
        break;
      case 4: {
        const std::size_t count = endpoint.transmit(MutableByteView(room).first(1U + what * 15U), now);
        demand(count <= 1U + what * 15U, "no more is handed out than there is room for");
        // A loopback plug, sometimes.
        if ((what & 0x80U) != 0) endpoint.feed(ByteView(room).first(count), now);
        break;
      }
      case 5:
        verbs.act(input, now);
        break;
      case 6:
        endpoint.line_restored(now);
        break;
      default:
        if (what == 0xFF) endpoint.shut_down(now);
        static_cast<void>(endpoint.deadline());
        static_cast<void>(endpoint.transmit_due());
        break;
    }
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
