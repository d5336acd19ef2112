// All kinds of networks at the end of an IP link.
#include "service/ip_network.h"

namespace serialtcp::io {

namespace {

constexpr IpNetworkKindOf kKinds[] = {&slirp_network, &ppp_network, &tun_network};

}  // namespace

std::span<const IpNetworkKindOf> ip_networks() {
  return kKinds;
}

}  // namespace serialtcp::io
