// Server: shows the status of a running program by HTTP: as JSON, as metrics, and as a page. Nothing that a client does or
// omits blocks the loop, or takes more than a bounded part of it. Nothing can be changed by it.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "control/operations.h"
#include "http/allowed_hosts.h"
#include "http/connection.h"
#include "http/feed.h"
#include "http/time_budget.h"
#include "net/accept_loop.h"
#include "net/resolver.h"
#include "net/target.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class Server final : private Connection::Owner {
 public:
  static constexpr std::size_t kMaxClients = 32;
  /// Of these, clients that get events.
  static constexpr std::size_t kMaxFollowers = 8;

  /// Where it listens; or why it does not, which completes "no HTTP server at X: ...".
  using Listening = std::expected<std::vector<io::tcp::endpoint>, std::string>;
  using Listened = std::move_only_function<void(const Listening&)>;

  /// Both outlive the server.
  Server(io::asio::io_context& context, control::Operations& operations);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Once. `listened` is called at once, or after the look-up of the name.
  void listen(const io::Target& at, Listened listened);

  /// Look-ups that still block a thread in the C library.
  std::size_t lookups_running() const { return resolver_.threads(); }
  std::size_t clients() const { return clients_.size(); }

 private:
  Time quiet_until() const override { return budget_.due(); }
  void worked(Duration cost) override;
  Response answer(const Request& request) override;
  void ended(const Connection& connection) override;

  Response metrics(const Request& request);
  Response events(const Request& request);
  bool publish(const std::shared_ptr<const std::string>& event);

  Listening bind(std::span<const io::asio::ip::address> addresses, std::uint16_t port);
  std::expected<std::uint16_t, io::ErrorCode> bind_one(const io::tcp::endpoint& endpoint);
  void add(io::StreamSocket socket);

  io::asio::io_context& context_;
  control::Operations& operations_;
  AllowedHosts hosts_;
  io::Resolver resolver_;
  std::list<io::AcceptLoop> sockets_;
  std::list<std::shared_ptr<Connection>> clients_;  ///< in the order in which they came
  TimeBudget budget_;
  Feed feed_;
};

}  // namespace serialtcp::http
