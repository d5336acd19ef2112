// Listener: the place where a program listens for its control clients: a unix socket, on Windows a named pipe. Only the user that runs the
// program, and administrators, can connect.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "os/asio.h"

namespace serialtcp::control {

class Listener {
 public:
  Listener() = default;
  virtual ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
};

/// `who` is for the log: "process 4711 of user 1000".
using Accepted = std::function<void(io::StreamSocket client, std::string who)>;

/// Listens as long as the listener lives. The error completes "no control socket at X: ...".
std::expected<std::unique_ptr<Listener>, std::string> make_listener(io::asio::io_context& context,
                                                                    const std::string& path,
                                                                    Accepted accepted);

}  // namespace serialtcp::control
