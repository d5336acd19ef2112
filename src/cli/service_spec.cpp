// A name precedes the first '=', unless the text begins with the prefix of a kind. Options follow commas.
#include "cli/service_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "net/target_text.h"
#include "serialtcp/service.h"
#include "service/service_kinds.h"
#include "service/unannounced.h"

namespace serialtcp::cli {

namespace {

using Problem = std::unexpected<std::string>;

constexpr std::uint64_t kMaxLimit = 1'000'000'000;
constexpr std::string_view kLimit = "limit=";

/// Which of the two options is parsed: they accept different words.
enum class Side : std::uint8_t { server, client };

struct Split {
  std::string name;
  const io::ServiceKind* kind = nullptr;
  std::string_view where;                 ///< behind the prefix
  std::vector<std::string_view> common;   ///< options of all services
  std::vector<std::string_view> special;  ///< others
};

bool is_common(std::string_view option) {
  return option == "interactive" || option == "bulk" || option == "refuse" || option.starts_with(kLimit);
}

std::expected<Split, std::string> split_spec(std::string_view text) {
  Split split;
  // In a path or a command, an equals sign is a character like any other.
  const bool prefixed = !io::kind_of_text(text).prefix().empty();
  const std::size_t mark = prefixed ? text.size() : std::min(text.find_first_of("=,"), text.size());
  if (mark < text.size() && text[mark] == '=') {
    split.name = text.substr(0, mark);
    if (!is_service_name(split.name)) {
      return Problem(
          fmt::format("'{}' is not a name for a service: up to {} letters, digits, '.', '_' and '-'",
                      split.name, limits::kMaxServiceName));
    }
    text.remove_prefix(mark + 1);
  }
  split.kind = &io::kind_of_text(text);
  text.remove_prefix(split.kind->prefix().size());
  const bool options = split.kind->commas() == io::ServiceKind::Commas::begin_options;
  std::size_t comma = options ? text.find(',') : std::string_view::npos;
  split.where = text.substr(0, comma);
  while (comma != std::string_view::npos) {
    text.remove_prefix(comma + 1);
    comma = text.find(',');
    const std::string_view option = text.substr(0, comma);
    (is_common(option) ? split.common : split.special).push_back(option);
  }
  return split;
}

std::expected<std::uint64_t, std::string> parse_rate(std::string_view text) {
  std::string_view digits = text;
  std::uint64_t unit = 1;
  if (digits.ends_with('k')) unit = 1000;
  if (digits.ends_with('M')) unit = 1'000'000;
  if (unit > 1) digits.remove_suffix(1);
  const auto number = io::parse_number(digits, 1, kMaxLimit / unit);
  if (number) return *number * unit;
  return Problem(fmt::format("'{}' is not a limit in bytes per second, as in limit=500, 20k or 1M", text));
}

/// The mistake in an option that every service has, if there is one; otherwise `terms` has its value.
std::optional<std::string> apply_common(std::string_view option, Side side, StreamKind streams,
                                        io::ServiceTerms& terms) {
  if (option.starts_with(kLimit)) {
    const auto rate = parse_rate(option.substr(kLimit.size()));
    if (!rate) return rate.error();
    terms.limit = *rate;
    return std::nullopt;
  }
  if (side == Side::client) return fmt::format("{} is for the --server at the other end", option);
  if (option == "refuse") {
    if (streams == StreamKind::datagrams) return "refuse is for connections: nobody waits with datagrams";
    terms.refuse = true;
    return std::nullopt;
  }
  if (terms.priority != Priority::automatic) return "interactive and bulk exclude each other";
  terms.priority = option == "bulk" ? Priority::bulk : Priority::interactive;
  return std::nullopt;
}

template <typename Place, typename Parse>
std::expected<SpecOf<Place>, std::string> parse_spec(std::string_view text, Side side, Parse parse_place,
                                                     io::Family family) {
  auto parts = split_spec(text);
  if (!parts) return Problem(parts.error());
  auto place =
      (parts->kind->*parse_place)({.where = parts->where, .options = parts->special, .family = family});
  if (!place) return Problem(place.error());
  SpecOf<Place> spec;
  spec.name = std::move(parts->name);
  spec.place = std::move(*place);
  for (const std::string_view option : parts->common) {
    if (auto problem = apply_common(option, side, spec.place->streams(), spec))
      return Problem(std::move(*problem));
  }
  return spec;
}

template <typename Spec>
std::optional<Conflict> twice(std::span<const Spec> specs, std::string_view option, std::string_view where) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (specs[i].name != specs[j].name) continue;
      if (!specs[i].name.empty()) {
        return Conflict{option, i, fmt::format("two {} have the name '{}'", option, specs[i].name)};
      }
      return Conflict{option, i,
                      fmt::format("two {} have no name: give each but one a name, as in {} web={}", option,
                                  option, where)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<ServerSpec, std::string> parse_server_spec(std::string_view text, io::Family family) {
  return parse_spec<io::ListenPlace>(text, Side::server, &io::ServiceKind::parse_server, family);
}

std::expected<ClientSpec, std::string> parse_client_spec(std::string_view text, io::Family family) {
  return parse_spec<io::ConnectPlace>(text, Side::client, &io::ServiceKind::parse_client, family);
}

std::optional<Conflict> conflict(std::span<const ServerSpec> servers, std::span<const ClientSpec> clients) {
  if (servers.size() + clients.size() > limits::kMaxServices) {
    return Conflict{servers.empty() ? "--client" : "--server", 0,
                    fmt::format("{} services are too many: one end can have up to {}",
                                servers.size() + clients.size(), limits::kMaxServices)};
  }
  if (auto problem = twice(servers, "--server", "PORT")) return problem;
  return twice(clients, "--client", "HOST:PORT");
}

ServiceNames service_names(std::span<const ServerSpec> servers, std::span<const ClientSpec> clients) {
  ServiceNames names;
  const auto datagrams = [](const auto& spec) { return spec.place->streams() == StreamKind::datagrams; };
  const auto unannounced = [](const auto& spec) {
    return dynamic_cast<const io::Unannounced*>(spec.place.get()) != nullptr;
  };
  for (const ClientSpec& spec : clients) {
    if (unannounced(spec)) continue;
    (datagrams(spec) ? names.datagrams_offered : names.offered).push_back(spec.name);
  }
  for (const ServerSpec& spec : servers) {
    if (unannounced(spec)) continue;
    (datagrams(spec) ? names.datagrams_wanted : names.wanted).push_back(spec.name);
  }
  return names;
}

}  // namespace serialtcp::cli
