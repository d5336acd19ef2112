// Type 3 of RFC 792, type 1 of RFC 4443. After the 8 bytes of the message come the headers of the datagram
// that it concerns: by their addresses and ports, the client's kernel finds the socket.
#include "net/icmp_refusal.h"

#include <array>
#include <boost/asio/ip/icmp.hpp>
#include <cerrno>
#include <optional>

#include "base/cursor.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

using asio::ip::icmp;

constexpr Byte kUnreachable = 3;
constexpr Byte kUnreachableV6 = 1;
constexpr Byte kTimeToLive = 64;
constexpr std::size_t kUdpHeader = 8;

struct Codes {
  Byte v4;
  Byte v6;
};

std::optional<Codes> codes(ResetReason reason) {
  switch (reason) {
    case ResetReason::refused:
    case ResetReason::no_such_service:
      return Codes{3, 4};  // port unreachable
    case ResetReason::unreachable:
    case ResetReason::name_not_found:
      return Codes{1, 3};  // host, address unreachable
    case ResetReason::network_unreachable:
      return Codes{0, 0};  // net unreachable, no route
    default:
      return std::nullopt;
  }
}

void big16(base::Writer& out, std::size_t value) {
  out.u8(static_cast<Byte>(value >> 8));
  out.u8(static_cast<Byte>(value));
}

/// RFC 1071.
std::uint16_t checksum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += std::uint32_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void write_udp_header(const DatagramPath& path, std::uint16_t port, base::Writer& out) {
  big16(out, path.peer.port());
  big16(out, port);
  big16(out, kUdpHeader);
  big16(out, 0);
}

Bytes message_v4(const DatagramPath& path, std::uint16_t port, Byte code) {
  std::array<Byte, 64> buffer;
  base::Writer out(buffer);
  for (const Byte byte : {kUnreachable, code}) out.u8(byte);
  for (int i = 0; i < 3; ++i) big16(out, 0);  // the checksum, and an unused field
  out.u8(0x45);
  out.u8(0);
  big16(out, 20 + kUdpHeader);
  for (int i = 0; i < 2; ++i) big16(out, 0);  // identification, fragment
  out.u8(kTimeToLive);
  out.u8(IPPROTO_UDP);
  big16(out, 0);
  out.bytes(path.peer.address().to_v4().to_bytes());
  out.bytes(path.local.address.to_v4().to_bytes());
  write_udp_header(path, port, out);
  Bytes message(out.written().begin(), out.written().end());
  const std::uint16_t sum = checksum(message);
  message[2] = static_cast<Byte>(sum >> 8);
  message[3] = static_cast<Byte>(sum);
  return message;
}

/// The kernel adds the checksum.
Bytes message_v6(const DatagramPath& path, std::uint16_t port, Byte code) {
  std::array<Byte, 64> buffer;
  base::Writer out(buffer);
  for (const Byte byte : {kUnreachableV6, code}) out.u8(byte);
  for (int i = 0; i < 3; ++i) big16(out, 0);
  out.u8(0x60);
  for (int i = 0; i < 3; ++i) out.u8(0);
  big16(out, kUdpHeader);
  out.u8(IPPROTO_UDP);
  out.u8(kTimeToLive);
  out.bytes(path.peer.address().to_v6().to_bytes());
  out.bytes(path.local.address.to_v6().to_bytes());
  write_udp_header(path, port, out);
  return {out.written().begin(), out.written().end()};
}

}  // namespace

Refusal refuse_datagram(asio::io_context& context, const DatagramPath& path, std::uint16_t port,
                        ResetReason reason) {
  const auto code = codes(reason);
  const bool v4 = path.peer.address().is_v4();
  if (!code || v4 != path.local.address.is_v4() || path.local.address.is_unspecified())
    return Refusal::failed;
  icmp::socket socket(context);
  ErrorCode error;
  socket.open(v4 ? icmp::v4() : icmp::v6(), error);
  const int number = error_number(error);
  if (error) return number == EPERM || number == EACCES ? Refusal::not_permitted : Refusal::failed;
  const Bytes message = v4 ? message_v4(path, port, code->v4) : message_v6(path, port, code->v6);
  socket.non_blocking(true, error);
  if (!error) socket.bind({path.local.address, 0}, error);
  if (!error) socket.send_to(asio::buffer(message), {path.peer.address(), 0}, 0, error);
  return error ? Refusal::failed : Refusal::sent;
}

}  // namespace serialtcp::io
