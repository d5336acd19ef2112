#include "cli/listening_places.h"

#include <filesystem>
#include <variant>

namespace serialtcp::cli {

namespace {

std::string address_of(const io::Target& target) {
  if (target.host != "localhost") return target.host;
  return target.family == io::Family::ipv6 ? "::1" : "127.0.0.1";
}

}  // namespace

std::optional<ListeningPlaces::Who> ListeningPlaces::claim(const ServiceSpec& spec, Who who) {
  if (const auto* const target = std::get_if<io::Target>(&spec.place)) {
    return claim_port(tcp_[target->port], *target, who);
  }
  if (const auto* const udp = std::get_if<UdpPort>(&spec.place)) {
    return claim_port(udp_[udp->target.port], udp->target, who);
  }
  const auto* const path = std::get_if<UnixPath>(&spec.place);
  if (path == nullptr) return std::nullopt;
  const auto [found, added] =
      paths_.emplace(std::filesystem::path(path->path).lexically_normal().string(), who);
  return added ? std::nullopt : std::optional(found->second);
}

std::optional<ListeningPlaces::Who> ListeningPlaces::claim_port(Port& port, const io::Target& target,
                                                                Who who) {
  if (target.port == 0) return std::nullopt;  // any free one
  const std::string address = address_of(target);
  const bool every = address == "0.0.0.0" || address == "::";
  const auto [found, added] = port.by_address.emplace(address, who);
  const std::optional<Who> other = !added               ? std::optional(found->second)
                                   : port.every_address ? port.every_address
                                   : every              ? port.first
                                                        : std::nullopt;
  if (every && !port.every_address) port.every_address = who;
  if (!port.first) port.first = who;
  return other;
}

}  // namespace serialtcp::cli
