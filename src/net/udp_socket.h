// Common parts of the shell's UDP sockets: reading a bounded number of datagrams, and errors that can be
// ignored.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <expected>

#include "os/asio.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"

namespace serialtcp::io {

using asio::ip::udp;

/// Datagrams taken from a socket before other work is done.
inline constexpr int kDatagramsPerTurn = 64;

/// Space for any datagram and one byte more: longer ones exist over IPv6, and must not count as complete when
/// they are truncated.
inline constexpr std::size_t kDatagramRoom = limits::kMaxDatagram + 1;
inline Bytes datagram_buffer() {
  return Bytes(kDatagramRoom);
}

/// Whether a socket of IPv6 that is bound to every address is for IPv4 (as ::ffff:10.0.0.1), too.
enum class Ipv4Too : std::uint8_t { no, yes };

/// A non-blocking socket, bound; port 0: any free one.
std::expected<udp::socket, ErrorCode> bound_udp_socket(asio::io_context& context, const udp::endpoint& at,
                                                       Ipv4Too ipv4);
/// A non-blocking socket that hears only this address.
std::expected<udp::socket, ErrorCode> connected_udp_socket(asio::io_context& context,
                                                           const udp::endpoint& to);

/// Calls `taken(datagram, from)` for the pending datagrams, at most kDatagramsPerTurn. `buffer` has
/// kDatagramRoom bytes. Errors about earlier datagrams (no receiver, too long for a network on the way) are
/// ignored.
template <typename Taken>
void take_datagrams(udp::socket& socket, MutableByteView buffer, Taken taken) {
  for (int i = 0; i < kDatagramsPerTurn && socket.is_open(); ++i) {
    udp::endpoint from;
    ErrorCode error;
    const std::size_t size = socket.receive_from(asio::buffer(buffer.data(), buffer.size()), from, 0, error);
    if (error == asio::error::would_block) return;
    if (!error && size <= limits::kMaxDatagram) taken(ByteView(buffer).first(size), from);
  }
}

}  // namespace serialtcp::io
