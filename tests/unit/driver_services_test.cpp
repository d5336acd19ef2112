// Several services through one cable, in the shell: which target a connection comes out at, and what is said
// when there is none.
#include "driver_fixture.h"

namespace serialtcp::io {
namespace {

using DriverServices = DriverTest;

TEST_F(DriverServices, EachComesOutAtItsOwnTarget) {
  offer(*client, "web");
  listen(*server, "web");
  auto [near, far] = connect();
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
  EXPECT_TRUE(server->recorder.has("'web' from 127.0.0.1:")) << server->recorder.all();
  EXPECT_TRUE(client->recorder.has("'web' to 127.0.0.1:")) << client->recorder.all();
}

TEST_F(DriverServices, GoBothWaysThroughOneCable) {
  offer(*server, "back");
  listen(*client, "back");
  auto [near, far] = connect();
  send(near, pattern(1000));
  EXPECT_EQ(receive(far, 1000).bytes, pattern(1000));
}

TEST_F(DriverServices, ThatTheOtherEndLacksAreResetAndBothEndsSayWhy) {
  listen(*server, "web");
  tcp::socket near = dial();
  EXPECT_EQ(receive(near).end, asio::error::connection_reset);
  EXPECT_TRUE(server->recorder.has("reset: the other end offers no service of this name"))
      << server->recorder.all();
  EXPECT_TRUE(
      client->recorder.has("it is for 'web', and this end offers no such service: start it with "
                           "--client web=HOST:PORT"))
      << client->recorder.all();
}

}  // namespace
}  // namespace serialtcp::io
