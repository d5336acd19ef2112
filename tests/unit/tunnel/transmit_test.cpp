// What an endpoint sends, however small the buffer is each time.
#include <gtest/gtest.h>

#include "fake_peer.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(Transmit, BeginsNoFrameInVainHoweverLittleRoomThereIs) {
  for (std::size_t room = 1; room <= 40; ++room) {
    Endpoint endpoint(EndpointConfig{.role = Role::server, .nominal_rate = 1'000'000}, Entropy{1});
    FakePeer peer(endpoint);
    ASSERT_TRUE(peer.connect());
    // The number of the last of these streams ends the head of its chunks with 1F. Then a 7E needs two bytes.
    StreamId id;
    for (int i = 0; i < 32; ++i) id = endpoint.open(ServiceId{}, peer.now()).value();
    peer.run_for(20ms);
    peer.acknowledge();
    ASSERT_EQ(endpoint.write(id, Bytes(5000, 0x7E), peer.now()), 5000U);
    std::size_t heard = 0;
    for (int i = 0; i < 100 && heard < 5000; ++i) {
      peer.forget_heard();
      peer.run_for(1ms, 1ms, room);
      for (const wire::chunk::Data& data : peer.chunks<wire::chunk::Data>()) {
        EXPECT_FALSE(data.bytes.empty()) << "in rooms of " << room;
        heard += data.bytes.size();
      }
      peer.acknowledge();
    }
    EXPECT_GE(heard, 5000U) << "in rooms of " << room;
  }
}

}  // namespace
}  // namespace serialtcp::test
