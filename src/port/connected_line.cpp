#include "port/connected_line.h"

#include "base/check.h"
#include "net/socket_queues.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

std::string connection_lost_text(const ErrorCode& error) {
  if (error == asio::error::eof) return "it was unplugged or closed at the far end";
  const bool reset = error == asio::error::connection_reset || error == asio::error::broken_pipe ||
                     error == asio::error::connection_aborted;
  return reset ? "the connection was reset" : plain_text(error_number(error));
}

LineResult result_of(const ErrorCode& error, std::size_t count) {
  if (!error) return {LineStatus::ok, count};
  if (error == asio::error::would_block || error == asio::error::try_again) return {LineStatus::would_block};
  return {LineStatus::gone, 0, connection_lost_text(error)};
}

}  // namespace

void ConnectedLine::adopt(StreamSocket connected) {
  CHECK(!socket_.is_open());
  socket_ = std::move(connected);
  socket_.non_blocking(true);
}

void ConnectedLine::close() {
  ++generation_;
  ErrorCode ignored;
  socket_.close(ignored);
}

LineResult ConnectedLine::read(MutableByteView into) {
  ErrorCode error;
  const std::size_t count = socket_.read_some(asio::buffer(into.data(), into.size()), error);
  return result_of(error, count);
}

LineResult ConnectedLine::write(ByteView bytes) {
  ErrorCode error;
  const std::size_t count = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  return result_of(error, count);
}

std::size_t ConnectedLine::unsent() const {
  return is_open() ? unsent_bytes(socket_) : 0;
}

void ConnectedLine::wait(StreamSocket::wait_type what, Ready ready) {
  socket_.async_wait(what, lifetime_.guard([this, generation = generation_,
                                            ready = std::move(ready)](ErrorCode error) mutable {
    if (error == asio::error::operation_aborted || generation != generation_) return;
    ready();  // also for any other error: read() or write() will report it
  }));
}

}  // namespace serialtcp::io
