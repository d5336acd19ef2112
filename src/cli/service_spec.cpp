// A name stands before the first '=', options behind commas.
#include "cli/service_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "net/target_text.h"
#include "net/unix_socket.h"
#include "serialtcp/service.h"

namespace serialtcp::cli {

namespace {

using Problem = std::unexpected<std::string>;

constexpr std::uint64_t kMaxLimit = 1'000'000'000;
constexpr double kMostSeconds = 86'400;  // a day

/// Which of the two options is parsed: they know different words.
enum class Kind { server, client };

struct Split {
  std::string name;
  std::string_view where;
  std::vector<std::string_view> options;
};

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kExec = "exec:";
constexpr std::string_view kUdp = "udp:";

std::expected<Split, std::string> split(std::string_view text) {
  Split split;
  // In a path or a command, an equals sign is a character like any other.
  const bool named = !text.starts_with(kUnix) && !text.starts_with(kExec);
  const std::size_t mark = named ? std::min(text.find_first_of("=,"), text.size()) : text.size();
  if (mark < text.size() && text[mark] == '=') {
    split.name = text.substr(0, mark);
    if (!is_service_name(split.name)) {
      return Problem(
          fmt::format("'{}' is not a name for a service: up to {} letters, digits, '.', '_' and '-'",
                      split.name, limits::kMaxServiceName));
    }
    text.remove_prefix(mark + 1);
  }
  if (text.starts_with(kExec)) {  // and so is a comma
    split.where = text;
    return split;
  }
  std::size_t comma = text.find(',');
  split.where = text.substr(0, comma);
  while (comma != std::string_view::npos) {
    text.remove_prefix(comma + 1);
    comma = text.find(',');
    split.options.push_back(text.substr(0, comma));
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

std::expected<mode_t, std::string> parse_mode(std::string_view text) {
  constexpr mode_t kMost = 0777;
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size() && mode <= kMost) return mode;
  return Problem(fmt::format("'{}' is not a mode, in octal as in mode=0660", text));
}

std::optional<std::string> apply_priority(Priority priority, std::string_view option, Kind kind,
                                          ServiceSpec& spec) {
  if (kind == Kind::client) return fmt::format("{} belongs to the --server at the other end", option);
  if (spec.priority != Priority::automatic) return "interactive and bulk exclude each other";
  spec.priority = priority;
  return std::nullopt;
}

std::optional<std::string> apply_limit(std::string_view value, ServiceSpec& spec) {
  const auto rate = parse_rate(value);
  if (!rate) return rate.error();
  spec.limit = *rate;
  return std::nullopt;
}

std::optional<std::string> apply_mode(std::string_view value, Kind kind, ServiceSpec& spec) {
  auto* const at = std::get_if<UnixPath>(&spec.place);
  if (at == nullptr || kind == Kind::client) return "mode= is for a --server on a unix socket";
  const auto mode = parse_mode(value);
  if (!mode) return mode.error();
  at->mode = *mode;
  return std::nullopt;
}

std::optional<std::string> apply_duration(std::string_view option, ServiceSpec& spec) {
  if (!std::holds_alternative<UdpPort>(spec.place)) return fmt::format("{} is for UDP, as in udp:53", option);
  const std::size_t mark = option.find('=');
  const std::string_view value = option.substr(mark + 1);
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end != value.data() + value.size() || !(seconds > 0) ||
      seconds > kMostSeconds) {
    return fmt::format("'{}' is not a number of seconds greater than 0, and at most {:g}", value,
                       kMostSeconds);
  }
  const auto duration = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  (option.starts_with("idle") ? spec.idle : spec.late) = duration;
  return std::nullopt;
}

std::optional<std::string> apply_any_port(Kind kind, ServiceSpec& spec) {
  if (kind == Kind::server || !std::holds_alternative<UdpPort>(spec.place))
    return "anyport is for a --client with UDP, as in udp:192.168.0.1:69,anyport";
  spec.answers = io::UdpTarget::Answers::from_any_port;
  return std::nullopt;
}

std::optional<std::string> apply_refuse(Kind kind, ServiceSpec& spec) {
  if (kind == Kind::client) return "refuse belongs to the --server at the other end";
  if (std::holds_alternative<UdpPort>(spec.place)) return "refuse is not for UDP, where nobody waits";
  spec.refuse = true;
  return std::nullopt;
}

/// What is wrong with an option behind a comma, if anything; otherwise it is in `spec`.
std::optional<std::string> apply_option(std::string_view option, Kind kind, ServiceSpec& spec) {
  constexpr std::string_view kLimit = "limit=";
  constexpr std::string_view kMode = "mode=";
  if (option.starts_with(kLimit)) return apply_limit(option.substr(kLimit.size()), spec);
  if (option.starts_with(kMode)) return apply_mode(option.substr(kMode.size()), kind, spec);
  if (option.starts_with("idle=") || option.starts_with("late=")) return apply_duration(option, spec);
  if (option == "anyport") return apply_any_port(kind, spec);
  if (option == "interactive") return apply_priority(Priority::interactive, option, kind, spec);
  if (option == "bulk") return apply_priority(Priority::bulk, option, kind, spec);
  if (option == "refuse") return apply_refuse(kind, spec);
  return fmt::format(
      "'{}' is not an option of a service: there are interactive, bulk, refuse, limit=RATE, for unix sockets "
      "mode=MODE, and for UDP idle=SECONDS, late=SECONDS and anyport",
      option);
}

std::expected<UnixPath, std::string> parse_unix(std::string_view path) {
  if (path.empty()) return Problem("unix: needs a path behind it, as in unix:/run/x.sock");
  if (path.size() <= io::kMaxUnixPath) return UnixPath{std::string(path)};
  return Problem(
      fmt::format("'{}' is too long: the path of a unix socket has at most {} characters, this one {}", path,
                  io::kMaxUnixPath, path.size()));
}

std::expected<Command, std::string> parse_command(std::string_view command, Kind kind) {
  if (kind == Kind::server)
    return Problem("exec: belongs to --client: a program is connected to, it does not listen");
  if (command.find_first_not_of(' ') != std::string_view::npos) return Command{std::string(command)};
  return Problem("exec: needs a command behind it, as in exec:'git-upload-pack /srv/x.git'");
}

template <typename Parse>
std::expected<ServiceSpec, std::string> parse_spec(std::string_view text, Kind kind, Parse parse_address) {
  auto parts = split(text);
  if (!parts) return Problem(parts.error());
  ServiceSpec spec{.name = std::move(parts->name)};
  if (parts->where.starts_with(kUnix)) {
    auto path = parse_unix(parts->where.substr(kUnix.size()));
    if (!path) return Problem(path.error());
    spec.place = std::move(*path);
  } else if (parts->where.starts_with(kExec)) {
    auto command = parse_command(parts->where.substr(kExec.size()), kind);
    if (!command) return Problem(command.error());
    spec.place = std::move(*command);
  } else {
    const bool udp = parts->where.starts_with(kUdp);
    auto address = parse_address(parts->where.substr(udp ? kUdp.size() : 0));
    if (!address) return Problem(address.error());
    if (udp) {
      spec.place = UdpPort{std::move(*address)};
    } else {
      spec.place = std::move(*address);
    }
  }
  for (const std::string_view option : parts->options) {
    if (auto problem = apply_option(option, kind, spec)) return Problem(std::move(*problem));
  }
  return spec;
}

std::optional<Conflict> twice(std::span<const ServiceSpec> specs, std::string_view option,
                              std::string_view where) {
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

std::expected<ServiceSpec, std::string> parse_server_spec(std::string_view text, io::Family family) {
  return parse_spec(text, Kind::server,
                    [family](std::string_view where) { return io::parse_bind_address(where, family); });
}

std::expected<ServiceSpec, std::string> parse_client_spec(std::string_view text, io::Family family) {
  return parse_spec(text, Kind::client,
                    [family](std::string_view where) { return io::parse_target(where, family); });
}

std::optional<Conflict> conflict(std::span<const ServiceSpec> servers, std::span<const ServiceSpec> clients) {
  if (servers.size() + clients.size() > limits::kMaxServices) {
    return Conflict{servers.empty() ? "--client" : "--server", 0,
                    fmt::format("{} services are too many: one end can have up to {}",
                                servers.size() + clients.size(), limits::kMaxServices)};
  }
  if (auto problem = twice(servers, "--server", "PORT")) return problem;
  return twice(clients, "--client", "HOST:PORT");
}

ServiceNames service_names(std::span<const ServiceSpec> servers, std::span<const ServiceSpec> clients) {
  ServiceNames names;
  const auto udp = [](const ServiceSpec& spec) { return std::holds_alternative<UdpPort>(spec.place); };
  for (const ServiceSpec& spec : clients)
    (udp(spec) ? names.datagrams_offered : names.offered).push_back(spec.name);
  for (const ServiceSpec& spec : servers)
    (udp(spec) ? names.datagrams_wanted : names.wanted).push_back(spec.name);
  return names;
}

}  // namespace serialtcp::cli
