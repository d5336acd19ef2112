// inet_aton(3), if_nametoindex(3).
#include "net/system_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

namespace serialtcp::io {

std::optional<asio::ip::address_v4> system_address_v4(const std::string& text) {
  in_addr bytes{};
  if (::inet_aton(text.c_str(), &bytes) == 0) return std::nullopt;
  return asio::ip::address_v4(ntohl(bytes.s_addr));
}

std::uint32_t interface_number(const std::string& name) {
  return ::if_nametoindex(name.c_str());
}

}  // namespace serialtcp::io
