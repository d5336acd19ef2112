#include "http/allowed_hosts.h"

#include <algorithm>
#include <boost/asio/ip/host_name.hpp>
#include <cctype>

#include "net/host.h"

namespace serialtcp::http {

namespace {

/// Without the port; empty if it is not written like that.
std::string_view without_port(std::string_view host) {
  const bool brackets = host.starts_with('[');
  const std::size_t end = brackets ? host.find(']') : std::min(host.find(':'), host.size());
  if (end == std::string_view::npos) return {};
  const std::string_view rest = host.substr(end + (brackets ? 1 : 0));
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  if (!rest.empty() && (rest[0] != ':' || !std::ranges::all_of(rest.substr(1), digit))) return {};
  const std::string_view inner = host.substr(brackets ? 1 : 0, end - (brackets ? 1 : 0));
  const bool colons = inner.find(':') != std::string_view::npos;
  return brackets == colons ? inner : std::string_view{};
}

}  // namespace

AllowedHosts::AllowedHosts(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (io::is_name(name)) names_.push_back(io::plain_name(name));
  }
}

bool AllowedHosts::permits(std::string_view host) const {
  const std::string_view name = without_port(host);
  if (name.empty()) return false;
  return io::is_localhost(name) || io::written_address(name) ||
         std::ranges::find(names_, io::plain_name(name)) != names_.end();
}

std::vector<std::string> names_of_this_machine() {
  boost::system::error_code error;
  const std::string name = boost::asio::ip::host_name(error);
  if (error || !io::is_name(name)) return {};
  return {name, name.substr(0, name.find('.'))};
}

}  // namespace serialtcp::http
