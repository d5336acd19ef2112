// The parts of Boost.Asio that the shell uses, under a short name.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace serialtcp::io {

namespace asio = boost::asio;
using asio::ip::tcp;
/// The address of one end of a StreamSocket.
using StreamEndpoint = asio::generic::stream_protocol::endpoint;
/// A connected socket of any kind that carries a stream of bytes: TCP, unix.
using StreamSocket = asio::generic::stream_protocol::socket;
using ErrorCode = boost::system::error_code;

}  // namespace serialtcp::io
