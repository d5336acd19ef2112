// A name stands before the first '='.
#include "cli/service_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/target_text.h"
#include "serialtcp/service.h"

namespace serialtcp::cli {

namespace {

using Problem = std::unexpected<std::string>;

struct Split {
  std::string name;
  std::string_view where;
};

std::expected<Split, std::string> split_name(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return Split{{}, text};
  const std::string_view name = text.substr(0, equals);
  if (is_service_name(name)) return Split{std::string(name), text.substr(equals + 1)};
  return Problem(fmt::format("'{}' is not a name for a service: up to {} letters, digits, '.', '_' and '-'",
                             name, limits::kMaxServiceName));
}

template <typename Parse>
std::expected<ServiceSpec, std::string> parse_spec(std::string_view text, Parse parse) {
  auto split = split_name(text);
  if (!split) return Problem(split.error());
  auto address = parse(split->where);
  if (!address) return Problem(address.error());
  return ServiceSpec{std::move(split->name), std::move(*address)};
}

std::optional<std::string> twice(std::span<const ServiceSpec> specs, std::string_view option,
                                 std::string_view where) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (specs[i].name != specs[j].name) continue;
      if (!specs[i].name.empty()) return fmt::format("two {} have the name '{}'", option, specs[i].name);
      return fmt::format("two {} have no name: give each but one a name, as in {} web={}", option, option,
                         where);
    }
  }
  return std::nullopt;
}

bool has_default(std::span<const ServiceSpec> specs) {
  return std::ranges::any_of(specs, [](const ServiceSpec& spec) { return spec.name.empty(); });
}

}  // namespace

std::expected<ServiceSpec, std::string> parse_server_spec(std::string_view text, io::Family family) {
  return parse_spec(text, [family](std::string_view where) { return io::parse_bind_address(where, family); });
}

std::expected<ServiceSpec, std::string> parse_client_spec(std::string_view text, io::Family family) {
  return parse_spec(text, [family](std::string_view where) { return io::parse_target(where, family); });
}

std::optional<std::string> conflict(std::span<const ServiceSpec> servers,
                                    std::span<const ServiceSpec> clients) {
  if (servers.size() + clients.size() > limits::kMaxServices) {
    return fmt::format("{} services are too many: one end can have up to {}", servers.size() + clients.size(),
                       limits::kMaxServices);
  }
  if (auto problem = twice(servers, "--server", "PORT")) return problem;
  return twice(clients, "--client", "HOST:PORT");
}

ServiceNames service_names(std::span<const ServiceSpec> servers, std::span<const ServiceSpec> clients) {
  ServiceNames names;
  for (const ServiceSpec& spec : clients) names.offered.push_back(spec.name);
  for (const ServiceSpec& spec : servers) names.wanted.push_back(spec.name);
  return names;
}

Role original_role(std::span<const ServiceSpec> servers, std::span<const ServiceSpec> clients) {
  if (has_default(servers)) return Role::server;
  if (has_default(clients)) return Role::client;
  return servers.empty() ? Role::client : Role::server;
}

}  // namespace serialtcp::cli
