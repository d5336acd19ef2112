// What Windows has as services, and why it has not the others.
#include "service/absent_kind.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

const ServiceKind& unix_kind() {
  static const AbsentKind kind(
      "unix:", "serialtcp has no unix sockets on Windows: use a TCP port, as in 127.0.0.1:8080");
  return kind;
}

const ServiceKind& fd_kind() {
  static const AbsentKind kind(
      "fd:", "Windows passes no sockets to a program: use a TCP port, as in 127.0.0.1:8080");
  return kind;
}

const ServiceKind& pty_kind() {
  static const AbsentKind kind("pty:",
                               "Windows has no ptys: use a TCP port, as in 127.0.0.1:8080, for raw clients");
  return kind;
}

const ServiceKind& ip_kind() {
  static const AbsentKind kind("ip:",
                               "serialtcp has no network interfaces on Windows: use -D, -L or services");
  return kind;
}

namespace {

constexpr ServiceKindOf kKindsOfWindows[] = {&unix_kind,   &udp_kind, &exec_kind, &fd_kind,
                                             &serial_kind, &pty_kind, &ip_kind,   &tcp_kind};

}  // namespace

std::span<const ServiceKindOf> service_kinds() {
  return kKindsOfWindows;
}

}  // namespace serialtcp::io
