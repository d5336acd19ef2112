// What boards have as services: no port of theirs beside the line, which takes all of `serialtcp share`.
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

constexpr ServiceKindOf kKinds[] = {&unix_kind, &udp_kind, &exec_kind, &fd_kind, &tcp_kind};

}  // namespace

std::span<const ServiceKindOf> service_kinds() {
  return kKinds;
}

}  // namespace serialtcp::io
