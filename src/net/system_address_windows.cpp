// RtlIpv4StringToAddress(), which reads what inet_aton() reads elsewhere.
#include "net/system_address.h"

#include <mstcpip.h>
#include <netioapi.h>

namespace serialtcp::io {

std::optional<asio::ip::address_v4> system_address_v4(const std::string& text) {
  in_addr bytes{};
  LPSTR end = nullptr;
  if (::RtlIpv4StringToAddressA(text.c_str(), FALSE, &end, &bytes) != 0 || *end != '\0') return std::nullopt;
  return asio::ip::address_v4(ntohl(bytes.s_addr));
}

std::uint32_t interface_number(const std::string& name) {
  return ::if_nametoindex(name.c_str());
}

}  // namespace serialtcp::io
