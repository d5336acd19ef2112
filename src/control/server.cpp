#include "control/server.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "net/accept_loop.h"
#include "os/alarm.h"
#include "os/clock.h"

namespace serialtcp::control {

using io::ErrorCode;

namespace {

constexpr std::size_t kRequestAtOnce = 4096;

}  // namespace

/// One that has connected. Keeps itself alive by its pending waits until it is dropped.
///
///   request <------------------> resting <-> answer ----> dropped
///     |  a line has come          |                         ^
///     +---------------------------+-------------------------+   it has gone, or is too slow
class Server::Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Server& server, io::StreamSocket socket, std::string who)
      : server_(&server), socket_(std::move(socket)), alarm_(socket_.get_executor()), who_(std::move(who)) {}

  void start() { read(); }

  /// Nothing is being done for it: it may be dropped for the sake of another one.
  bool waits() const { return answer_.empty() && !resting_; }

  void drop() {
    server_ = nullptr;
    alarm_.cancel();
    ErrorCode ignored;
    socket_.close(ignored);
  }

 private:
  void read() {
    if (const std::size_t end = input_.find('\n'); end != std::string::npos) return take(end);
    if (input_.size() > kMaxRequest) return take(input_.size());
    // The time for a request begins with its first byte.
    if (input_.empty() || !timing_request_) arm(input_.empty() ? kIdle : kStalled);
    timing_request_ = !input_.empty();
    socket_.async_read_some(io::asio::buffer(buffer_),
                            [self = shared_from_this()](ErrorCode error, std::size_t count) {
                              if (self->server_ == nullptr) return;
                              if (error) return self->end();
                              self->input_.append(self->buffer_.data(), count);
                              self->read();
                            });
  }

  /// Carries out the request that ends there, or waits until it may be.
  void take(std::size_t end) {
    if (const Time time = io::now(); time < server_->quiet_until_) {
      resting_ = true;
      alarm_.start_at(server_->quiet_until_, [self = shared_from_this(), end] {
        if (self->server_ != nullptr) self->take(end);
      });
      return;
    }
    resting_ = false;
    timing_request_ = false;
    last_ = end > kMaxRequest;
    // What is read of a line that is too long is enough to refuse it.
    std::string_view line = std::string_view(input_).substr(0, std::min(end, kMaxRequest + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Time begin = io::now();
    auto answer = respond(line, server_->operations_, who_);
    const Time finished = io::now();
    server_->quiet_until_ = finished + std::min(kRestFactor * (finished - begin), kLongestRest);
    input_.erase(0, std::min(end + 1, input_.size()));
    if (const auto* const stream = std::get_if<ConnectRequest>(&answer)) return pass_on(*stream);
    answer_ = std::move(std::get<std::string>(answer));
    written_ = 0;
    write();
  }

  /// Its connection is a stream's from now on.
  void pass_on(const ConnectRequest& request) {
    Server& server = *server_;
    server_ = nullptr;
    alarm_.cancel();
    server.pass_on(std::move(socket_), std::move(input_), request, who_);
    server.remove(*this);
  }

  void write() {
    arm(kStalled);
    socket_.async_write_some(io::asio::buffer(answer_.data() + written_, answer_.size() - written_),
                             [self = shared_from_this()](ErrorCode error, std::size_t count) {
                               if (self->server_ == nullptr) return;
                               if (error) return self->end();
                               self->written_ += count;
                               if (self->written_ < self->answer_.size()) return self->write();
                               self->answered();
                             });
  }

  void answered() {
    std::string().swap(answer_);  // it may have been long
    if (last_) return end();
    read();
  }

  /// For what happens next.
  void arm(Duration patience) {
    alarm_.start(patience, [self = shared_from_this()] {
      if (self->server_ != nullptr) self->end();
    });
  }

  void end() {
    Server& server = *server_;
    drop();
    server.remove(*this);
  }

  Server* server_;  ///< null once it is dropped
  io::StreamSocket socket_;
  io::Alarm alarm_;
  const std::string who_;
  std::array<char, kRequestAtOnce> buffer_{};
  std::string input_;  ///< of the request that is coming, and of what was sent after it
  std::string answer_;
  std::size_t written_ = 0;  ///< of the answer
  bool timing_request_ = false;
  bool resting_ = false;
  bool last_ = false;  ///< after this answer, it is dropped
};

Server::Server(io::asio::io_context& context, Operations& operations)
    : context_(context), operations_(operations) {}

Server::~Server() {
  for (const auto& client : clients_) client->drop();
  for (const auto& client : stream_clients_) client->drop();
}

std::expected<void, std::string> Server::listen(const std::string& path) {
  auto listener = make_listener(context_, path, [this](io::StreamSocket client, std::string who) {
    add(std::move(client), std::move(who));
  });
  if (!listener) return std::unexpected(std::move(listener.error()));
  listener_ = std::move(*listener);
  path_ = path;
  return {};
}

void Server::add(io::StreamSocket socket, std::string who) {
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  if (clients_.size() >= kMaxClients && !io::drop_one_that_waits(clients_)) {
    const std::string text = refusal(Error{kBusy, "too many control clients at once: try again"});
    socket.write_some(io::asio::buffer(text), ignored);
    return;
  }
  clients_.push_back(std::make_shared<Client>(*this, std::move(socket), std::move(who)));
  clients_.back()->start();
}

void Server::pass_on(io::StreamSocket socket, std::string first, const ConnectRequest& request,
                     const std::string& who) {
  if (stream_clients_.size() >= kMaxStreamClients) {
    const std::string text = refusal(Error{kBusy, "too many streams are being requested at once: try again"});
    ErrorCode ignored;
    socket.write_some(io::asio::buffer(text), ignored);
    return;
  }
  auto client =
      std::make_shared<StreamClient>(std::move(socket), std::move(first), [this](const StreamClient& over) {
        std::erase_if(stream_clients_, [&over](const auto& one) { return one.get() == &over; });
      });
  stream_clients_.push_back(client);
  client->start(operations_, request, who);
}

void Server::remove(const Client& client) {
  std::erase_if(clients_, [&client](const auto& one) { return one.get() == &client; });
}

}  // namespace serialtcp::control
