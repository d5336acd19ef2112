// The values of --server and --client: [NAME=]WHERE[,OPTION...]. Parses them; opens nothing. The kinds of
// services define WHERE (service/service_kinds.h).
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/target.h"
#include "serialtcp/config.h"
#include "service/service_kind.h"

namespace serialtcp::cli {

/// One service at this end.
template <typename Place>
struct SpecOf : io::ServiceTerms {
  std::shared_ptr<const Place> place = {};  ///< where it listens, or what it is connected to

  friend bool operator==(const SpecOf& a, const SpecOf& b) {
    if (static_cast<const io::ServiceTerms&>(a) != b) return false;
    return a.place && b.place ? a.place->equals(*b.place) : a.place == b.place;
  }
};
using ServerSpec = SpecOf<io::ListenPlace>;
using ClientSpec = SpecOf<io::ConnectPlace>;

// Errors complete "argument X: ...".

/// "8080", "0.0.0.0:8080", "web=8080", "web=8080,bulk,limit=20k", "unix:/run/x.sock,mode=0660",
/// "dns=udp:5353,idle=10".
std::expected<ServerSpec, std::string> parse_server_spec(std::string_view text, io::Family family);

/// "192.168.0.1:80", "web=192.168.0.1:80", "web=192.168.0.1:80,limit=1M", "unix:/run/x.sock",
/// "exec:git-upload-pack /srv/x.git", "dns=udp:192.168.0.1:53,late=0.5".
std::expected<ClientSpec, std::string> parse_client_spec(std::string_view text, io::Family family);

/// What is wrong with services of one end taken together.
struct Conflict {
  std::string_view option;  ///< of the one at fault: "--server"
  std::size_t index = 0;    ///< which of these
  std::string text;         ///< a sentence
};

/// The first, if there is any.
std::optional<Conflict> conflict(std::span<const ServerSpec> servers, std::span<const ClientSpec> clients);

/// The names, as the core wants them.
ServiceNames service_names(std::span<const ServerSpec> servers, std::span<const ClientSpec> clients);

}  // namespace serialtcp::cli
