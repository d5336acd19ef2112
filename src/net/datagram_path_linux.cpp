// IP_PKTINFO and IPV6_RECVPKTINFO, ip(7) and ipv6(7); the error queue, recvmsg(2).
#include "net/datagram_path.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
// After the C library's headers, which it then does not repeat.
#include <linux/errqueue.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace serialtcp::io {

namespace {

using udp = asio::ip::udp;

/// Space for an address of either kind, or for an error with the address of its sender.
using Ancillary = std::array<Byte, 512>;

bool is_v6(udp::socket& socket) {
  ErrorCode ignored;
  return socket.local_endpoint(ignored).protocol() == udp::v6();
}

void switch_on(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof on);
}

ErrorCode last_error() {
  return {errno, boost::system::system_category()};
}

template <typename T>
T content(const cmsghdr& header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&header), sizeof value);
  return value;
}

/// The buffers of a message.
struct Message {
  explicit Message(udp::endpoint& peer) : peer_(peer) {
    header.msg_name = peer.data();
    header.msg_namelen = static_cast<socklen_t>(peer.capacity());
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = ancillary.data();
    header.msg_controllen = ancillary.size();
  }
  void received() {
    if (header.msg_namelen > 0) peer_.resize(header.msg_namelen);
  }

  msghdr header{};
  iovec vector{};
  alignas(cmsghdr) Ancillary ancillary{};

 private:
  udp::endpoint& peer_;
};

LocalAddress local_address(msghdr& header) {
  LocalAddress local;
  for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
      // For a broadcast, the address to answer from, not the one that it was sent to.
      local.address = asio::ip::address_v4(ntohl(content<in_pktinfo>(*one).ipi_spec_dst.s_addr));
    } else if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
      const auto info = content<in6_pktinfo>(*one);
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
  message.header.msg_controllen = CMSG_SPACE(sizeof value);
  cmsghdr* const header = CMSG_FIRSTHDR(&message.header);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

void put(Message& message, const LocalAddress& local) {
  message.header.msg_controllen = 0;
  message.header.msg_control = message.ancillary.data();
  if (local.address.is_v4()) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(local.address.to_v4().to_uint());
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
  const int fd = socket.native_handle();
  if (is_v6(socket)) {
    switch_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
  } else {
    switch_on(fd, IPPROTO_IP, IP_PKTINFO);
  }
}

std::expected<ReceivedDatagram, ErrorCode> receive_datagram(udp::socket& socket, MutableByteView into) {
  ReceivedDatagram received;
  Message message(received.path.peer);
  message.vector = {into.data(), into.size()};
  const ssize_t size = ::recvmsg(socket.native_handle(), &message.header, 0);
  if (size < 0) return std::unexpected(last_error());
  message.received();
  received.size = static_cast<std::size_t>(size);
  received.path.local = local_address(message.header);
  return received;
}

ErrorCode send_datagram(udp::socket& socket, ByteView bytes, const DatagramPath& path) {
  udp::endpoint peer = path.peer;
  Message message(peer);
  message.header.msg_namelen = static_cast<socklen_t>(peer.size());
  message.vector = {const_cast<Byte*>(bytes.data()), bytes.size()};  // which sendmsg() only reads
  put(message, path.local);
  if (::sendmsg(socket.native_handle(), &message.header, MSG_NOSIGNAL) < 0) return last_error();
  return {};
}

void want_failures(udp::socket& socket) {
  const int fd = socket.native_handle();
  if (is_v6(socket)) {
    switch_on(fd, IPPROTO_IPV6, IPV6_RECVERR);
  } else {
    switch_on(fd, IPPROTO_IP, IP_RECVERR);
  }
}

std::optional<SendFailure> take_failure(udp::socket& socket) {
  for (;;) {
    SendFailure failure;
    Message message(failure.to);
    std::array<Byte, 64> beginning;  // of what was sent
    message.vector = {beginning.data(), beginning.size()};
    if (::recvmsg(socket.native_handle(), &message.header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
      return std::nullopt;
    message.received();
    for (cmsghdr* one = CMSG_FIRSTHDR(&message.header); one != nullptr;
         one = CMSG_NXTHDR(&message.header, one)) {
      const bool error = (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_RECVERR) ||
                         (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_RECVERR);
      if (!error) continue;
      failure.error = static_cast<int>(content<sock_extended_err>(*one).ee_errno);
      return failure;
    }
  }
}

}  // namespace serialtcp::io
