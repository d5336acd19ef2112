#include "service/host_claim.h"

#include <fmt/format.h>

#include "os/error_text.h"

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

std::optional<Obstacle> bind_obstacle(std::string_view text, const ErrorCode& error) {
  if (!error) return std::nullopt;
  const bool in_use = error == asio::error::address_in_use;
  return Obstacle{.kind = in_use ? Obstacle::Kind::in_use : Obstacle::Kind::unusable,
                  .text = fmt::format("Could not listen on {}: {}", text, listen_text(error_number(error)))};
}

}  // namespace serialtcp::io
