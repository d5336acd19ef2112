// ssh writes %h:%p of an IPv6 address without brackets.
#include "control/stream_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>

#include "net/target_text.h"
#include "os/text.h"
#include "wire/address.h"

namespace serialtcp::control {

std::expected<io::Target, std::string> parse_stream_target(std::string_view text) {
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  const std::string_view host = text.substr(0, colon);
  boost::system::error_code no_address;
  boost::asio::ip::make_address_v6(host, no_address);
  const bool bare = !no_address;
  auto target = io::parse_target(bare ? fmt::format("[{}]{}", host, text.substr(colon)) : std::string(text),
                                 io::Family::any);
  if (target && !wire::is_host_name(target->host))
    return std::unexpected(fmt::format("'{}' is not a host", io::printable(target->host)));
  return target;
}

}  // namespace serialtcp::control
