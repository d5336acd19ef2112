// Server: the control socket of a running program. Answers requests, a line each (docs/control.md), one after the
// other for each client. Nothing that a client does or omits blocks the loop, or takes more than a bounded part of it.
#pragma once

#include <cstddef>
#include <expected>
#include <list>
#include <memory>
#include <string>

#include "control/operations.h"
#include "net/socket_file.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/time.h"

namespace serialtcp::control {

class Server {
 public:
  static constexpr std::size_t kMaxClients = 32;
  /// A client is dropped when a request, or what it reads of an answer, makes no progress for this time.
  static constexpr Duration kStalled = std::chrono::seconds(1);
  /// The same for one that asks for nothing.
  static constexpr Duration kIdle = std::chrono::seconds(60);
  /// After an answer, the next one has to wait for so many times what the answer has taken.
  static constexpr int kRestFactor = 19;  // so answers take a twentieth of the loop's time at most
  /// But no longer: the answer may have taken so long because the process was stopped.
  static constexpr Duration kLongestRest = std::chrono::seconds(1);
  /// The pause after running out of descriptors.
  static constexpr Duration kShortagePause = std::chrono::seconds(1);

  /// Both outlive the server.
  Server(io::asio::io_context& context, Operations& operations);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens there, for the user that runs the program only. The error completes "no control socket at X: ...".
  std::expected<void, std::string> listen(const std::string& path);

  /// Where it listens; empty if it does not.
  std::string path() const { return file_ ? file_->path() : ""; }

 private:
  class Client;
  using Acceptor = io::asio::basic_socket_acceptor<io::asio::generic::stream_protocol>;

  io::ErrorCode bind(const io::StreamEndpoint& endpoint);
  void wait();
  void accept_some();
  void pause();
  void add(io::StreamSocket socket);
  bool make_room();
  void remove(const Client& client);

  io::asio::io_context& context_;
  Operations& operations_;
  Acceptor acceptor_;
  io::asio::steady_timer pause_;
  std::unique_ptr<io::SocketFile> file_;
  std::list<std::shared_ptr<Client>> clients_;  ///< the one first that was active least lately
  Time quiet_until_ = {};                       ///< answers have to wait until then
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::control
