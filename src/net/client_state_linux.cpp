// Linux: poll() reports a FIN, and sock_diag(7) whether a TCP socket of this machine still has an owner.
#include "net/client_state.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

namespace serialtcp::io {

namespace {

/// An address and port in the form of sock_diag, in network byte order.
struct ClientPlace {
  int family = AF_UNSPEC;
  std::uint16_t port = 0;
  std::array<std::uint32_t, 4> address{};
};

std::optional<ClientPlace> place_of(const sockaddr_storage& at) {
  ClientPlace place;
  place.family = at.ss_family;
  if (at.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &at, sizeof in);
    place.port = in.sin_port;
    place.address[0] = in.sin_addr.s_addr;
    return place;
  }
  if (at.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in{};
  std::memcpy(&in, &at, sizeof in);
  place.port = in.sin6_port;
  std::memcpy(place.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
  return place;
}

struct Question {
  nlmsghdr head;
  inet_diag_req_v2 request;
};

Question question_about(const ClientPlace& from, const ClientPlace& to) {
  Question question{};
  question.head.nlmsg_len = sizeof question;
  question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.head.nlmsg_flags = NLM_F_REQUEST;
  inet_diag_req_v2& request = question.request;
  request.sdiag_family = static_cast<__u8>(from.family);
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = UINT32_MAX;
  request.id.idiag_sport = from.port;
  request.id.idiag_dport = to.port;
  std::memcpy(request.id.idiag_src, from.address.data(), sizeof request.id.idiag_src);
  std::memcpy(request.id.idiag_dst, to.address.data(), sizeof request.id.idiag_dst);
  request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return question;
}

/// Whether a program of this machine has a TCP socket open with these two addresses. The kernel answers
/// within send().
bool is_open_here(const ClientPlace& from, const ClientPlace& to) {
  const int diag = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
  if (diag < 0) return false;
  const Question question = question_about(from, to);
  struct Answer {
    nlmsghdr head;
    inet_diag_msg message;
  } answer{};
  const bool sent = ::send(diag, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question);
  const ssize_t size = sent ? ::recv(diag, &answer, sizeof answer, 0) : -1;
  ::close(diag);
  if (size < static_cast<ssize_t>(sizeof answer) || answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
    return false;
  // A socket that its program has closed belongs to no file.
  return answer.message.idiag_inode != 0;
}

}  // namespace

bool client_has_gone(StreamSocket& socket) {
  pollfd state{socket.native_handle(), POLLRDHUP, 0};
  if (::poll(&state, 1, 0) <= 0) return false;
  if ((state.revents & (POLLERR | POLLHUP)) != 0) return true;
  if ((state.revents & POLLRDHUP) == 0) return false;
  sockaddr_storage here{};
  sockaddr_storage there{};
  socklen_t here_size = sizeof here;
  socklen_t there_size = sizeof there;
  if (::getsockname(socket.native_handle(), reinterpret_cast<sockaddr*>(&here), &here_size) != 0) return true;
  if (here.ss_family == AF_UNIX) return false;
  if (::getpeername(socket.native_handle(), reinterpret_cast<sockaddr*>(&there), &there_size) != 0)
    return true;
  const auto ours = place_of(here);
  const auto theirs = place_of(there);
  return !ours || !theirs || !is_open_here(*theirs, *ours);
}

}  // namespace serialtcp::io
