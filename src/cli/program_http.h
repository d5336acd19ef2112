// ProgramHttp: the HTTP server of a running program, where the user wants it. That it cannot listen is logged once, and it
// tries again; the program runs without it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/log.h"
#include "control/operations.h"
#include "http/server.h"
#include "net/target.h"
#include "os/asio.h"
#include "os/lifetime.h"

namespace serialtcp::cli {

class ProgramHttp {
 public:
  /// Between attempts to listen.
  static constexpr std::chrono::seconds kAgain{5};

  /// Everything that is referred to outlives it.
  ProgramHttp(io::asio::io_context& context, Log& log, control::Operations& operations);

  /// Listens there, or not at all any more.
  void listen(const std::optional<io::Target>& at);

  /// Look-ups that still block a thread in the C library.
  std::size_t lookups_running() const { return server_ ? server_->lookups_running() : 0; }

 private:
  void try_to_listen();
  void listened(const http::Server::Listening& result);

  io::asio::io_context& context_;
  Log& log_;
  control::Operations& operations_;
  std::optional<io::Target> at_;
  std::unique_ptr<http::Server> server_;
  io::asio::steady_timer again_;
  std::string told_;  ///< why it does not listen, as the log has it
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
