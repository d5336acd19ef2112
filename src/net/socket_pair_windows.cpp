// Windows has no socketpair(): a connection of TCP to this machine itself.
#include "net/socket_pair.h"

#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "os/error_text.h"

namespace serialtcp::io {

namespace {

struct Ends {
  tcp::socket ours;
  tcp::socket theirs;
};

/// Another program may connect first: its connection is dropped.
ErrorCode connect_ends(tcp::acceptor& acceptor, Ends& ends) {
  ErrorCode error;
  ends.ours.connect(acceptor.local_endpoint(), error);
  while (!error) {
    ends.theirs = acceptor.accept(error);
    ErrorCode gone;
    if (error || ends.theirs.remote_endpoint(gone) == ends.ours.local_endpoint(error)) break;
  }
  return error;
}

}  // namespace

std::expected<std::pair<StreamSocket, StreamSocket>, int> socket_pair(asio::io_context& context) {
  tcp::acceptor acceptor(context);
  Ends ends{tcp::socket(context), tcp::socket(context)};
  ErrorCode error;
  acceptor.open(tcp::v4(), error);
  if (!error) acceptor.bind({asio::ip::address_v4::loopback(), 0}, error);
  if (!error) acceptor.listen(1, error);
  if (!error) error = connect_ends(acceptor, ends);
  if (error) return std::unexpected(error_number(error));
  for (tcp::socket* const end : {&ends.ours, &ends.theirs}) {
    ErrorCode ignored;
    end->set_option(tcp::no_delay(true), ignored);
    end->non_blocking(true, ignored);
  }
  return std::pair(StreamSocket(std::move(ends.ours)), StreamSocket(std::move(ends.theirs)));
}

}  // namespace serialtcp::io
