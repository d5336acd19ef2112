// What a client of the control socket asks to get a stream: which links there are, the stream itself, and how it has
// ended. These wait.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "control/client.h"
#include "control/status.h"

namespace serialtcp::control {

/// The status of the links that are called so (of all, without a name), without their connections.
std::expected<ProcessStatus, Failure> ask_for_links(Client& client, const std::string& link);

/// What a stream is to go to.
struct StreamGoal {
  std::optional<std::string> to = {};  ///< HOST:PORT
  std::string service = {};            ///< else of the other end, which may have no name
  bool session = false;                ///< else a program at the other end
  bool interactive = false;            ///< a session that goes before all others
  bool noise = false;                  ///< in place of all: what is noise on the line
};

/// Requests a stream. Waits as long as the process does, which depends on the other end. Returns the name of the connection;
/// the socket of `client` is the stream.
std::expected<std::string, Failure> ask_for_stream(Client& client, const std::string& link,
                                                   const StreamGoal& goal);

struct StreamEnd {
  bool in_order = false;
  std::string text;
};
/// Asks, on another connection to the same process, how a stream ends. Waits until what was sent on it has been delivered.
std::expected<StreamEnd, Failure> wait_for_end(Client& client, const std::string& connection);

}  // namespace serialtcp::control
