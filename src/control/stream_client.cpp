// An answer is short, so the client is dropped if its socket does not accept it at once.
#include "control/stream_client.h"

#include <utility>

#include "net/client_state.h"
#include "net/socket_failure.h"

namespace serialtcp::control {

StreamClient::StreamClient(io::StreamSocket socket, std::string first,
                           std::function<void(const StreamClient&)> over)
    : socket_(std::move(socket)), first_(std::move(first)), over_(std::move(over)) {}

void StreamClient::start(Operations& operations, const ConnectRequest& request, const std::string& who) {
  auto requested = operations.connect(
      request, who, [self = shared_from_this()](std::expected<Operations::Stream, Error> result) {
        if (self->over_) self->answered(std::move(result));
      });
  if (!requested) return answered(std::unexpected(requested.error()));
  request_ = std::move(*requested);
  watch();
}

/// It may have sent more, and may have ended its input, so reading does not show whether it is still there.
void StreamClient::watch() {
  if (io::client_has_gone(socket_)) return end();
  io::wait_for_failure(socket_, [self = shared_from_this()](io::ErrorCode error) {
    if (!error && self->over_) self->watch();
  });
}

void StreamClient::answered(std::expected<Operations::Stream, Error> result) {
  io::ErrorCode ignored;
  socket_.cancel(ignored);
  if (!result) {
    write(refusal(result.error()));
  } else if (write(answer({{"connection", result->connection}}))) {
    result->attach(std::move(socket_), Bytes(first_.begin(), first_.end()));
  }
  end();
}

bool StreamClient::write(const std::string& line) {
  io::ErrorCode error;
  return socket_.write_some(io::asio::buffer(line), error) == line.size();
}

void StreamClient::drop() {
  over_ = nullptr;
  request_.reset();
  io::ErrorCode ignored;
  if (socket_.is_open()) socket_.close(ignored);
}

void StreamClient::end() {
  const auto self = shared_from_this();
  const auto over = std::exchange(over_, nullptr);
  drop();
  if (over) over(*this);
}

}  // namespace serialtcp::control
