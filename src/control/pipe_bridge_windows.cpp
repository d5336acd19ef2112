// Closing a pipe leaves its client what it has not read yet.
#include "control/pipe_bridge_windows.h"

#include <array>
#include <boost/asio/windows/overlapped_ptr.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "os/windows.h"

namespace serialtcp::control {

namespace {

using io::ErrorCode;

constexpr std::size_t kPiece = 16UL * 1024;

class PipeBridge : public std::enable_shared_from_this<PipeBridge> {
 public:
  PipeBridge(io::asio::windows::stream_handle pipe, io::StreamSocket socket)
      : pipe_(std::move(pipe)), socket_(std::move(socket)) {}

  void start() {
    read_pipe();
    read_socket();
  }

 private:
  // ---- From the client ----

  void read_pipe() {
    pipe_.async_read_some(io::asio::buffer(in_),
                          [self = shared_from_this()](ErrorCode error, std::size_t count) {
                            const bool more = error.value() == ERROR_MORE_DATA;  // of the same message
                            if (error && !more) return self->end();
                            if (count == 0) return self->input_ended();
                            self->write_socket(count);
                          });
  }

  void write_socket(std::size_t count) {
    io::asio::async_write(socket_, io::asio::buffer(in_.data(), count),
                          [self = shared_from_this()](ErrorCode error, std::size_t) {
                            if (error) return self->end();
                            self->read_pipe();
                          });
  }

  void input_ended() {
    ErrorCode ignored;
    socket_.shutdown(io::StreamSocket::shutdown_send, ignored);
    // That the client goes away is seen only by reading on.
    pipe_.async_read_some(io::asio::buffer(in_),
                          [self = shared_from_this()](ErrorCode, std::size_t) { self->end(); });
  }

  // ---- To the client ----

  void read_socket() {
    socket_.async_read_some(io::asio::buffer(out_),
                            [self = shared_from_this()](ErrorCode error, std::size_t count) {
                              if (error == io::asio::error::eof) return self->end_output();
                              if (error) return self->end();
                              self->write_pipe(count);
                            });
  }

  void write_pipe(std::size_t count) {
    pipe_.async_write_some(io::asio::buffer(out_.data(), count),
                           [self = shared_from_this(), count](ErrorCode error, std::size_t written) {
                             if (error) return self->end();
                             self->write_rest(written, count);
                           });
  }

  /// An empty message, which Asio would not write.
  void end_output() {
    output_ended_ = true;
    io::asio::windows::overlapped_ptr done(pipe_.get_executor(),
                                           [self = shared_from_this()](ErrorCode error, std::size_t) {
                                             if (error) self->end();
                                           });
    const bool written = ::WriteFile(pipe_.native_handle(), out_.data(), 0, nullptr, done.get()) != 0;
    const DWORD error = written ? ERROR_SUCCESS : ::GetLastError();
    if (written || error == ERROR_IO_PENDING) {
      done.release();
    } else {
      done.complete(ErrorCode(static_cast<int>(error), boost::system::system_category()), 0);
    }
  }

  void write_rest(std::size_t written, std::size_t count) {
    if (written == count) return read_socket();
    std::move(out_.begin() + static_cast<std::ptrdiff_t>(written),
              out_.begin() + static_cast<std::ptrdiff_t>(count), out_.begin());
    write_pipe(count - written);
  }

  /// A client that goes away before it has got everything is no end in order.
  void end() {
    ErrorCode ignored;
    if (!output_ended_) socket_.set_option(io::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
    pipe_.close(ignored);
  }

  io::asio::windows::stream_handle pipe_;
  io::StreamSocket socket_;
  std::array<char, kPiece> in_{};
  std::array<char, kPiece> out_{};
  bool output_ended_ = false;
};

}  // namespace

void bridge(io::asio::windows::stream_handle pipe, io::StreamSocket socket) {
  std::make_shared<PipeBridge>(std::move(pipe), std::move(socket))->start();
}

}  // namespace serialtcp::control
