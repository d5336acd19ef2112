// Server: the control socket of a running program. Answers requests, a line each (docs/control.md), one after the
// other for each client. Nothing that a client does or omits blocks the loop, or takes more than a bounded part of it.
#pragma once

#include <cstddef>
#include <expected>
#include <list>
#include <memory>
#include <string>

#include "control/listener.h"
#include "control/operations.h"
#include "control/stream_client.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::control {

class Server {
 public:
  static constexpr std::size_t kMaxClients = 32;
  /// Clients that have requested a stream, and wait for the other end.
  static constexpr std::size_t kMaxStreamClients = 128;
  /// A client is dropped when a request, or what it reads of an answer, makes no progress for this time.
  static constexpr Duration kStalled = std::chrono::seconds(1);
  /// The same for one that asks for nothing.
  static constexpr Duration kIdle = std::chrono::seconds(60);
  /// After an answer, the next one has to wait for so many times what the answer has taken.
  static constexpr int kRestFactor = 19;  // so answers take a twentieth of the loop's time at most
  /// But no longer: the answer may have taken so long because the process was stopped.
  static constexpr Duration kLongestRest = std::chrono::seconds(1);

  /// Both outlive the server.
  Server(io::asio::io_context& context, Operations& operations);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens there, for the user that runs the program only. The error completes "no control socket at X: ...".
  std::expected<void, std::string> listen(const std::string& path);

  /// Where it listens; empty if it does not.
  const std::string& path() const { return path_; }

 private:
  class Client;

  void pass_on(io::StreamSocket socket, std::string first, const ConnectRequest& request,
               const std::string& who);
  void add(io::StreamSocket socket, std::string who);
  void remove(const Client& client);

  io::asio::io_context& context_;
  Operations& operations_;
  std::unique_ptr<Listener> listener_;
  std::string path_;
  std::list<std::shared_ptr<Client>> clients_;  ///< the one first that was active least lately
  std::list<std::shared_ptr<StreamClient>> stream_clients_;
  Time quiet_until_ = {};  ///< answers have to wait until then
};

}  // namespace serialtcp::control
