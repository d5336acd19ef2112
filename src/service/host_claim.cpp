#include "service/host_claim.h"

#include <fmt/format.h>

namespace serialtcp::io {

std::optional<Claim> host_claim(std::string_view protocol, const Target& at) {
  if (at.port == 0) return std::nullopt;
  std::string address = at.host;
  if (address == "localhost") address = at.family == Family::ipv6 ? "::1" : "127.0.0.1";
  const bool every = address == "0.0.0.0" || address == "::";
  return Claim{.space = fmt::format("{}:{}", protocol, at.port),
               .key = std::move(address),
               .extent = every ? Claim::Extent::whole_space : Claim::Extent::one};
}

}  // namespace serialtcp::io
