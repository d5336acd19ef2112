// DatagramPath: between which two addresses a datagram goes, and what has become of it: what the BSD calls for datagrams
// leave out. A socket that is bound to every address learns which one a datagram was written to, and answers from
// that one; and it learns that nobody was there for what it has sent. Linux's ways to say both.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <tuple>

#include "os/asio.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io {

/// One end of it, on this machine.
struct LocalAddress {
  asio::ip::address address = {};
  unsigned interface = 0;  ///< only where the address alone does not say it

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

/// Asks for the address that each datagram was written to. Before the first one.
void want_local_addresses(asio::ip::udp::socket& socket);

struct ReceivedDatagram {
  std::size_t size = 0;
  DatagramPath path = {};
};
/// The next datagram of a non-blocking socket; an error, would_block among them, otherwise.
std::expected<ReceivedDatagram, ErrorCode> receive_datagram(asio::ip::udp::socket& socket,
                                                            MutableByteView into);

/// Sends from the address that the path says.
ErrorCode send_datagram(asio::ip::udp::socket& socket, ByteView bytes, const DatagramPath& path);

/// Asks for what becomes of datagrams that are not received. After open().
void want_failures(asio::ip::udp::socket& socket);

struct SendFailure {
  asio::ip::udp::endpoint to = {};
  int error = 0;  ///< ECONNREFUSED: nobody listens there
};
/// One that has become known; call until there is none, or the socket stays readable.
std::optional<SendFailure> take_failure(asio::ip::udp::socket& socket);

}  // namespace serialtcp::io
