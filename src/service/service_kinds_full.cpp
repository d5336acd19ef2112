// All kinds of services.
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

constexpr ServiceKindOf kKinds[] = {&unix_kind,   &udp_kind, &exec_kind, &fd_kind,
                                    &serial_kind, &pty_kind, &ip_kind,   &tcp_kind};

}  // namespace

std::span<const ServiceKindOf> service_kinds() {
  return kKinds;
}

}  // namespace serialtcp::io
