// What --server and --client take: [NAME=]WHERE[,OPTION...], parsed once at the door. Opens nothing.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/target.h"
#include "serialtcp/config.h"
#include "serialtcp/service.h"
#include "serialtcp/time.h"
#include "service/udp_target.h"

namespace serialtcp::cli {

/// A unix socket.
struct UnixPath {
  std::string path;
  std::optional<mode_t> mode = {};  ///< of one to listen on: who may connect

  bool operator==(const UnixPath&) const = default;
};

/// A program.
struct Command {
  std::string text;  ///< for /bin/sh -c

  bool operator==(const Command&) const = default;
};

/// A UDP port to listen on, or to send to.
struct UdpPort {
  io::Target target;
  bool operator==(const UdpPort&) const = default;
};

/// One service at this end.
struct ServiceSpec {
  std::string name = {};  ///< empty: the default service
  Priority priority = Priority::automatic;
  /// Bytes per second in each direction, of all its connections together; nothing: no bound.
  std::optional<std::uint64_t> limit = {};
  std::optional<Duration> idle = {};  ///< of UDP: when an association that nobody uses ends
  std::optional<Duration> late = {};  ///< of UDP: when a datagram that waits for the line is dropped
  /// Of UDP: where answers may come from.
  io::UdpTarget::Answers answers = io::UdpTarget::Answers::from_the_target;
  bool refuse = false;  ///< clients while there is no link, which otherwise wait for it
  std::variant<io::Target, UnixPath, Command, UdpPort> place = {};  ///< what to listen on, or to connect to

  bool operator==(const ServiceSpec&) const = default;
};

// Errors complete "argument X: ...".

/// "8080", "0.0.0.0:8080", "web=8080", "web=8080,bulk,limit=20k", "unix:/run/x.sock,mode=0660",
/// "dns=udp:5353,idle=10".
std::expected<ServiceSpec, std::string> parse_server_spec(std::string_view text, io::Family family);

/// "192.168.0.1:80", "web=192.168.0.1:80", "web=192.168.0.1:80,limit=1M", "unix:/run/x.sock",
/// "exec:git-upload-pack /srv/x.git", "dns=udp:192.168.0.1:53,late=0.5".
std::expected<ServiceSpec, std::string> parse_client_spec(std::string_view text, io::Family family);

/// What is wrong with services of one end taken together.
struct Conflict {
  std::string_view option;  ///< of the one at fault: "--server"
  std::size_t index = 0;    ///< which of these
  std::string text;         ///< a sentence
};

/// The first, if there is any.
std::optional<Conflict> conflict(std::span<const ServiceSpec> servers, std::span<const ServiceSpec> clients);

/// The names, as the core wants them.
ServiceNames service_names(std::span<const ServiceSpec> servers, std::span<const ServiceSpec> clients);

}  // namespace serialtcp::cli
