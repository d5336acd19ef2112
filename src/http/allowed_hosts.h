// AllowedHosts: by which names a client may call this server. A page from elsewhere whose name was made to lead here (DNS
// rebinding) would otherwise be of the same origin for a browser, and could read everything.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::http {

class AllowedHosts {
 public:
  /// Beside localhost, and all addresses: they cannot be made to lead elsewhere.
  explicit AllowedHosts(std::span<const std::string> names = {});

  /// The value of Host: "NAME", "NAME:PORT", "[ADDRESS]:PORT".
  bool permits(std::string_view host) const;

 private:
  std::vector<std::string> names_;
};

/// The name of this machine, and the same without its domain; none if it has no usable one.
std::vector<std::string> names_of_this_machine();

}  // namespace serialtcp::http
