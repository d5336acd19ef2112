// poll(2) and one buffer for each direction. POLLHUP of a unix socket says that the other side is closed, and not only
// shut down: then nobody needs the rest of the input.
#include "cli/stdio_relay_posix.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>

namespace serialtcp::cli {

namespace {

constexpr std::size_t kRelayBuffer = 64 * 1024;
/// A pipe that is writable takes as much without blocking.
constexpr std::size_t kWritableAtLeast = PIPE_BUF;
constexpr short kOver = POLLHUP | POLLERR | POLLNVAL;

/// Bytes on their way.
struct RelayDirection {
  std::string bytes = {};
  std::size_t begin = 0;
  bool ended = false;   ///< nothing more will be read
  bool closed = false;  ///< the end was passed on

  bool empty() const { return begin == bytes.size(); }
  std::string_view left() const { return std::string_view(bytes).substr(begin); }
  bool can_end() const { return ended && !closed && empty(); }
};

class Relay {
 public:
  Relay(int input, int output, int socket, std::string first)
      : input_(input), output_(output), socket_(socket), down_{.bytes = std::move(first)} {}
  ~Relay() { ::close(socket_); }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  RelayEnd run() {
    while (!over()) {
      std::array<pollfd, 3> ready = wanted();
      if (::poll(ready.data(), ready.size(), -1) < 0) continue;  // a signal that is handled
      if ((ready[1].revents & kOver) != 0) return RelayEnd::output_lost;
      if ((ready[2].revents & kOver) != 0) socket_is_closed();
      if ((ready[0].revents & (POLLIN | kOver)) != 0) fill(up_, ::read(input_, room(up_), kRelayBuffer));
      if ((ready[2].revents & (POLLIN | kOver)) != 0 && down_.empty())
        fill(down_, ::recv(socket_, room(down_), kRelayBuffer, MSG_DONTWAIT));
      if ((ready[2].revents & POLLOUT) != 0) send();
      if ((ready[1].revents & POLLOUT) != 0 && !write()) return RelayEnd::output_lost;
      pass_ends_on();
    }
    return RelayEnd::closed;
  }

 private:
  bool over() const { return down_.closed && (up_.closed || gone_); }

  std::array<pollfd, 3> wanted() const {
    const bool read_input = !gone_ && !up_.ended && up_.empty();
    const bool read_socket = !down_.ended && down_.empty();
    const short of_socket = static_cast<short>((read_socket ? POLLIN : 0) | (up_.empty() ? 0 : POLLOUT));
    // It would report that it is closed again and again.
    const bool skip_socket = gone_ && !read_socket;
    return {pollfd{read_input ? input_ : -1, POLLIN, 0},
            pollfd{down_.closed ? -1 : output_, static_cast<short>(down_.empty() ? 0 : POLLOUT), 0},
            pollfd{skip_socket ? -1 : socket_, of_socket, 0}};
  }

  void socket_is_closed() {
    gone_ = true;
    up_ = {.ended = true, .closed = true};
  }

  static char* room(RelayDirection& direction) {
    direction.bytes.resize(kRelayBuffer);
    direction.begin = 0;
    return direction.bytes.data();
  }

  static void fill(RelayDirection& direction, ssize_t count) {
    const bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EINTR);
    direction.bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    direction.ended = count == 0 || (count < 0 && !nothing_yet);
  }

  void send() {
    const std::string_view left = up_.left();
    const ssize_t count = ::send(socket_, left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) up_.begin += static_cast<std::size_t>(count);
    if (count < 0 && errno != EAGAIN && errno != EINTR) up_ = {.ended = true, .closed = true};
  }

  bool write() {
    const std::string_view left = down_.left().substr(0, kWritableAtLeast);
    const ssize_t count = ::write(output_, left.data(), left.size());
    if (count > 0) down_.begin += static_cast<std::size_t>(count);
    return count >= 0 || errno == EAGAIN || errno == EINTR;
  }

  void pass_ends_on() {
    if (up_.can_end()) {
      ::shutdown(socket_, SHUT_WR);
      up_.closed = true;
    }
    if (down_.can_end()) {
      ::shutdown(output_, SHUT_WR);  // if it is a socket, which may also be the input
      ::close(output_);
      down_.closed = true;
    }
  }

  int input_;
  int output_;
  int socket_;
  RelayDirection up_ = {};    ///< input to socket
  RelayDirection down_ = {};  ///< socket to output
  bool gone_ = false;         ///< the other side of the socket is closed
};

}  // namespace

RelayEnd relay(int input, int output, int socket, std::string first) {
  return Relay(input, output, socket, std::move(first)).run();
}

RelayEnd relay_standard_streams(io::NativeHandle stream, std::string first) {
  return relay(STDIN_FILENO, STDOUT_FILENO, stream, std::move(first));
}

}  // namespace serialtcp::cli
