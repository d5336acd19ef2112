// Errors of sockets, as the system numbers them, and what they mean to a peer: on all systems the same.
#include "os/error_text.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "os/asio.h"

namespace serialtcp::io {
namespace {

TEST(ErrorNumber, IsTheErrnoOfWhatAsioReports) {
  EXPECT_EQ(error_number(asio::error::connection_refused), ECONNREFUSED);
  EXPECT_EQ(error_number(asio::error::address_in_use), EADDRINUSE);
  EXPECT_EQ(error_number(asio::error::access_denied), EACCES);
  EXPECT_EQ(error_number(asio::error::timed_out), ETIMEDOUT);
  EXPECT_EQ(error_number(asio::error::host_unreachable), EHOSTUNREACH);
  EXPECT_EQ(error_number(asio::error::network_unreachable), ENETUNREACH);
  EXPECT_EQ(error_number(asio::error::address_family_not_supported), EAFNOSUPPORT);
  EXPECT_EQ(error_number(asio::error::no_descriptors), EMFILE);
  EXPECT_EQ(error_number(ErrorCode()), 0);
}

TEST(ErrorNumber, OfARealRefusalIsThat) {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const tcp::endpoint free = acceptor.local_endpoint();
  acceptor.close();
  tcp::socket socket(context);
  ErrorCode error;
  socket.connect(free, error);
  EXPECT_EQ(connect_reason(error_number(error)), ResetReason::refused) << error.message();
}

TEST(ErrorNumber, OfAPortThatIsInUseIsThat) {
  asio::io_context context;
  tcp::acceptor first(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0), false);
  tcp::acceptor second(context, tcp::v4());
  ErrorCode error;
  second.bind(first.local_endpoint(), error);
  EXPECT_EQ(listen_reason(error_number(error)), ResetReason::refused) << error.message();
}

TEST(ConnectReason, OfAHostThatIsDownIsThatItCannotBeReached) {
  EXPECT_EQ(connect_reason(kHostDown), ResetReason::unreachable);
}

}  // namespace
}  // namespace serialtcp::io
