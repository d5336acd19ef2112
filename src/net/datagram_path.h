// DatagramPath: the two addresses of a datagram, and what has become of it, which the BSD calls for datagrams
// do not tell. A socket that is bound to all addresses learns to which one a datagram was sent, and answers
// from it. It also learns that a datagram that it sent found no receiver. Uses the interfaces of Linux for
// both.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <tuple>

#include "os/asio.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io {

/// The address of this machine.
struct LocalAddress {
  asio::ip::address address = {};
  unsigned interface = 0;  ///< only where the address alone is ambiguous

  friend bool operator<(const LocalAddress& a, const LocalAddress& b) {
    return std::tie(a.address, a.interface) < std::tie(b.address, b.interface);
  }
};

struct DatagramPath {
  asio::ip::udp::endpoint peer = {};
  LocalAddress local = {};

  friend bool operator<(const DatagramPath& a, const DatagramPath& b) {
    return std::tie(a.peer, a.local) < std::tie(b.peer, b.local);
  }
};

/// Requests the address that each datagram was sent to. To be called before the first one arrives.
void want_local_addresses(asio::ip::udp::socket& socket);

struct ReceivedDatagram {
  std::size_t size = 0;
  DatagramPath path = {};
};
/// The next datagram of a non-blocking socket, or an error; would_block if there is none.
std::expected<ReceivedDatagram, ErrorCode> receive_datagram(asio::ip::udp::socket& socket,
                                                            MutableByteView into);

/// Sends from the local address of the path.
ErrorCode send_datagram(asio::ip::udp::socket& socket, ByteView bytes, const DatagramPath& path);

/// Requests reports of datagrams that were not received. To be called after open().
void want_failures(asio::ip::udp::socket& socket);

struct SendFailure {
  asio::ip::udp::endpoint to = {};
  int error = 0;  ///< ECONNREFUSED: no program listens there
};
/// The next report. To be called until there is none, since the socket stays readable otherwise.
std::optional<SendFailure> take_failure(asio::ip::udp::socket& socket);

}  // namespace serialtcp::io
