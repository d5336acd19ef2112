#include "http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/status_stream.h"
#include "http/metrics.h"
#include "http/page.h"
#include "net/address.h"
#include "net/listen_addresses.h"
#include "net/tcp_options.h"
#include "os/clock.h"
#include "os/error_text.h"

namespace serialtcp::http {

using io::ErrorCode;

namespace {

/// The kernel would keep megabytes for a client that reads nothing.
constexpr int kSendBuffer = 64 * 1024;

std::vector<std::string> host_names(const std::string& given) {
  std::vector<std::string> names = names_of_this_machine();
  names.push_back(given);
  return names;
}

/// The same text as `serialtcp status --json` prints for this process.
class StatusPieces final : public Pieces {
 public:
  explicit StatusPieces(control::Operations& operations) : stream_(operations) {}
  std::optional<std::string> next() override { return stream_.next(); }

 private:
  control::StatusStream stream_;
};

}  // namespace

Server::Server(io::asio::io_context& context, control::Operations& operations)
    : context_(context),
      operations_(operations),
      resolver_(context),
      feed_(context, operations, budget_, [this](const auto& event) { return publish(event); }) {}

Server::~Server() {
  for (const auto& client : clients_) client->drop();
}

// ---- Where it listens ----

void Server::listen(const io::Target& at, Listened listened) {
  hosts_ = AllowedHosts(host_names(at.host));
  if (const auto addresses = io::known_addresses_to_listen_at(at); !addresses.empty())
    return listened(bind(addresses, at.port));
  resolver_.look_up(at.host, at.family,
                    [this, port = at.port, listened = std::move(listened)](const auto& found) mutable {
                      if (!found || found->empty())
                        return listened(std::unexpected(std::string(io::kNoSuchHostHere)));
                      listened(bind(*found, port));
                    });
}

Server::Listening Server::bind(std::span<const io::asio::ip::address> addresses, std::uint16_t port) {
  const ErrorCode error = io::bind_to_all(
      addresses, port,
      [this](const io::asio::ip::address& address, std::uint16_t free) {
        return bind_one({address, free});
      },
      [this] { sockets_.clear(); });
  if (error) return std::unexpected(io::listen_text(io::error_number(error)));
  std::vector<io::tcp::endpoint> places;
  for (io::AcceptLoop& socket : sockets_) {
    places.push_back(io::tcp_endpoint(socket.endpoint()));
    socket.start();
  }
  feed_.start();
  return places;
}

std::expected<std::uint16_t, ErrorCode> Server::bind_one(const io::tcp::endpoint& endpoint) {
  auto socket = io::listening_socket(context_, endpoint);
  if (!socket) return std::unexpected(socket.error());
  sockets_.emplace_back(context_, std::move(*socket),
                        [this](io::StreamSocket client) { add(std::move(client)); });
  return io::tcp_endpoint(sockets_.back().endpoint()).port();
}

// ---- Clients ----

void Server::add(io::StreamSocket socket) {
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  io::set_user_options(socket);
  socket.set_option(io::asio::socket_base::send_buffer_size(kSendBuffer), ignored);
  if (clients_.size() >= kMaxClients && !io::drop_one_that_waits(clients_)) {
    Response response = plain(503, "too many clients at once: try again");
    response.fields = "Retry-After: 5\r\n";
    const std::string text = head_of(response, Framing::length, After::close) + response.body;
    socket.write_some(io::asio::buffer(text), ignored);
    return;
  }
  Connection::Owner& owner = *this;
  clients_.push_back(std::make_shared<Connection>(owner, std::move(socket)));
  const auto client = clients_.back();
  client->start();
}

void Server::ended(const Connection& connection) {
  std::erase_if(clients_, [&connection](const auto& one) { return one.get() == &connection; });
}

// ---- Answers ----

void Server::worked(Duration cost) {
  budget_.spend(cost, io::now());
}

Response Server::answer(const Request& request) {
  if (request.host && !hosts_.permits(*request.host))
    return plain(421, "this server is not called so: use its address, or the name in --http NAME:PORT");
  if (request.path == "/status.json")
    return {.type = "application/json", .pieces = std::make_unique<StatusPieces>(operations_)};
  if (request.path == "/metrics") return metrics(request);
  if (request.path == "/events") return events(request);
  if (request.path == "/") return page();
  return plain(404, "there are only /, /metrics, /status.json and /events here");
}

/// For the page.
Response Server::events(const Request& request) {
  const auto following =
      std::ranges::count_if(clients_, [](const auto& client) { return client->follows(); });
  if (static_cast<std::size_t>(following) >= kMaxFollowers)
    return plain(503, fmt::format("{} clients get events already: close one", kMaxFollowers));
  Response response{.type = "text/event-stream", .then = Response::Then::events};
  if (!request.head) response.body = feed_.greeting();
  return response;
}

bool Server::publish(const std::shared_ptr<const std::string>& event) {
  const auto clients = clients_;  // one that is dropped meanwhile is still there
  bool any = false;
  for (const auto& client : clients) {
    if (client->follows()) client->publish(event);
    any = any || client->follows();
  }
  return any;
}

Response Server::metrics(const Request& request) {
  const auto status = operations_.status({.connections_most = 0});
  if (!status) return plain(503, status.error().text);
  const MetricsFormat format = metrics_format(request.accept);
  return {.type = std::string(content_type(format)), .body = metrics_text(*status, format)};
}

}  // namespace serialtcp::http
