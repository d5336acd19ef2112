// What getaddrinfo() takes for an address, it asks no name server for. It reads more spellings than the other functions of Windows.
#include "net/system_address.h"

#include <netioapi.h>

#include <cstring>

namespace serialtcp::io {

std::optional<asio::ip::address_v4> system_address_v4(const std::string& text) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* list = nullptr;
  if (::getaddrinfo(text.c_str(), nullptr, &hints, &list) != 0) return std::nullopt;
  sockaddr_in found{};
  std::memcpy(&found, list->ai_addr, sizeof found);
  ::freeaddrinfo(list);
  return asio::ip::address_v4(ntohl(found.sin_addr.s_addr));
}

std::uint32_t interface_number(const std::string& name) {
  return ::if_nametoindex(name.c_str());
}

}  // namespace serialtcp::io
