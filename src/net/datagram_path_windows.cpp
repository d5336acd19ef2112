// IP_PKTINFO and IPV6_PKTINFO by WSARecvMsg() and WSASendMsg(). That nobody listens is an error of the next receiving.
#include "net/datagram_path.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/error_text.h"

namespace serialtcp::io {

namespace {

using udp = asio::ip::udp;

/// Space for an address of either kind.
using Ancillary = std::array<Byte, 256>;

bool is_v6(udp::socket& socket) {
  ErrorCode ignored;
  return socket.local_endpoint(ignored).protocol() == udp::v6();
}

ErrorCode last_error() {
  return {::WSAGetLastError(), boost::system::system_category()};
}

/// Wine has it here.
ErrorCode pending_error(udp::socket& socket) {
  int number = 0;
  int size = sizeof number;
  ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&number), &size);
  return {number, boost::system::system_category()};
}

/// A function of the network that is looked up by its name; null if there is none.
template <typename Function>
Function extension(SOCKET socket, GUID name) {
  Function function = nullptr;
  DWORD size = 0;
  const int failed = ::WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &name, sizeof name, &function,
                                sizeof function, &size, nullptr, nullptr);
  return failed == 0 ? function : nullptr;
}

template <typename T>
T content(WSACMSGHDR* header) {
  T value{};
  std::memcpy(&value, WSA_CMSG_DATA(header), sizeof value);
  return value;
}

struct Message {
  Message(udp::endpoint& peer, char* bytes, std::size_t size) {
    buffer.len = static_cast<ULONG>(size);
    buffer.buf = bytes;
    header.name = peer.data();
    header.namelen = static_cast<INT>(peer.capacity());
    header.lpBuffers = &buffer;
    header.dwBufferCount = 1;
    header.Control.buf = reinterpret_cast<char*>(ancillary.data());
    header.Control.len = static_cast<ULONG>(ancillary.size());
  }

  WSABUF buffer{};
  WSAMSG header{};
  alignas(WSACMSGHDR) Ancillary ancillary{};
};

LocalAddress local_address(WSAMSG& header) {
  LocalAddress local;
  for (WSACMSGHDR* one = WSA_CMSG_FIRSTHDR(&header); one != nullptr; one = WSA_CMSG_NXTHDR(&header, one)) {
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
      const asio::ip::address_v4 address(ntohl(content<in_pktinfo>(one).ipi_addr.s_addr));
      // A group or a broadcast is no address to answer from.
      const bool own = !address.is_multicast() && address != asio::ip::address_v4::broadcast();
      local.address = own ? address : asio::ip::address_v4::any();
    } else if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
      const auto info = content<in6_pktinfo>(one);
      asio::ip::address_v6::bytes_type bytes;
      std::copy_n(info.ipi6_addr.s6_addr, bytes.size(), bytes.begin());
      const asio::ip::address_v6 address(bytes);
      const bool group = address.is_multicast();
      local.address = group ? asio::ip::address_v6::any() : address;
      if (group || address.is_link_local()) local.interface = info.ipi6_ifindex;
    }
  }
  return local;
}

template <typename T>
void put(Message& message, int level, int type, const T& value) {
  message.header.Control.len = WSA_CMSG_SPACE(sizeof value);
  WSACMSGHDR* const header = WSA_CMSG_FIRSTHDR(&message.header);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = WSA_CMSG_LEN(sizeof value);
  std::memcpy(WSA_CMSG_DATA(header), &value, sizeof value);
}

void put(Message& message, const LocalAddress& local) {
  if (local.address.is_v4()) {
    in_pktinfo info{};
    info.ipi_addr.s_addr = htonl(local.address.to_v4().to_uint());
    put(message, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    const auto bytes = local.address.to_v6().to_bytes();
    std::ranges::copy(bytes, info.ipi6_addr.s6_addr);
    info.ipi6_ifindex = local.interface;
    put(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

}  // namespace

void want_local_addresses(udp::socket& socket) {
  const DWORD on = 1;
  const bool v6 = is_v6(socket);
  ::setsockopt(socket.native_handle(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_PKTINFO : IP_PKTINFO,
               reinterpret_cast<const char*>(&on), sizeof on);
}

std::expected<ReceivedDatagram, ErrorCode> receive_datagram(udp::socket& socket, MutableByteView into) {
  static const auto receive = extension<LPFN_WSARECVMSG>(socket.native_handle(), WSAID_WSARECVMSG);
  ReceivedDatagram received;
  Message message(received.path.peer, reinterpret_cast<char*>(into.data()), into.size());
  DWORD size = 0;
  if (receive == nullptr) return std::unexpected(ErrorCode(asio::error::operation_not_supported));
  if (receive(socket.native_handle(), &message.header, &size, nullptr, nullptr) != 0)
    return std::unexpected(last_error());
  received.path.peer.resize(static_cast<std::size_t>(message.header.namelen));
  received.size = size;
  received.path.local = local_address(message.header);
  return received;
}

ErrorCode send_datagram(udp::socket& socket, ByteView bytes, const DatagramPath& path) {
  udp::endpoint peer = path.peer;
  // WSASendMsg() only reads them.
  Message message(peer, const_cast<char*>(reinterpret_cast<const char*>(bytes.data())), bytes.size());
  message.header.namelen = static_cast<INT>(peer.size());
  DWORD size = 0;
  const bool any = path.local.address.is_unspecified() && path.local.interface == 0;
  if (!any) {
    put(message, path.local);
    if (::WSASendMsg(socket.native_handle(), &message.header, 0, &size, nullptr, nullptr) == 0) return {};
  }
  ErrorCode error;
  socket.send_to(asio::buffer(bytes.data(), bytes.size()), peer, 0, error);
  return error;
}

/// They are reported unasked.
void want_failures(udp::socket&) {}

/// It is left for the next receiving, which takes it.
std::optional<SendFailure> take_failure(udp::socket& socket) {
  SendFailure failure;
  char byte = 0;
  int size = static_cast<int>(failure.to.capacity());
  if (::recvfrom(socket.native_handle(), &byte, 1, MSG_PEEK, failure.to.data(), &size) != SOCKET_ERROR)
    return std::nullopt;
  ErrorCode error = last_error();
  if (error == asio::error::would_block) error = pending_error(socket);
  switch (const int number = error_number(error)) {
    case ECONNREFUSED:
    case ECONNRESET:  // what Windows makes of ICMP's "port unreachable"
      failure.error = ECONNREFUSED;
      break;
    case EHOSTUNREACH:
    case ENETUNREACH:
      failure.error = number;
      break;
    default:
      return std::nullopt;
  }
  ErrorCode unconnected;
  const udp::endpoint peer = socket.remote_endpoint(unconnected);
  if (!unconnected) failure.to = peer;
  return failure;
}

}  // namespace serialtcp::io
