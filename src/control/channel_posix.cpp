// A unix socket that does not block, and poll(2).
#include "control/channel.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/unix_socket.h"
#include "os/error_text.h"

namespace serialtcp::control {

namespace {

class SocketChannel final : public Channel {
 public:
  explicit SocketChannel(int fd) : fd_(fd) {}
  ~SocketChannel() override {
    if (fd_ >= 0) ::close(fd_);
  }

  std::expected<std::size_t, int> send(std::string_view bytes) override {
    return result([&] { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  }
  std::expected<std::size_t, int> receive(std::span<char> into) override {
    return result([&] { return ::recv(fd_, into.data(), into.size(), 0); });
  }
  bool wait_readable(std::chrono::milliseconds most) override { return wait(POLLIN, most); }
  bool wait_writable(std::chrono::milliseconds most) override { return wait(POLLOUT, most); }
  io::NativeHandle handle() const override { return fd_; }
  io::NativeHandle release(std::string&) override { return std::exchange(fd_, -1); }

 private:
  template <typename Call>
  static std::expected<std::size_t, int> result(Call call) {
    ssize_t count = 0;
    do count = call();
    while (count < 0 && errno == EINTR);
    if (count < 0) return std::unexpected(errno);
    return static_cast<std::size_t>(count);
  }

  bool wait(short what, std::chrono::milliseconds most) const {
    pollfd ready{fd_, what, 0};
    int result = -1;
    do {
      result = ::poll(&ready, 1, static_cast<int>(most.count()));
    } while (result < 0 && errno == EINTR);
    return result > 0;
  }

  int fd_;
};

}  // namespace

std::expected<std::unique_ptr<Channel>, Failure> open_channel(const std::string& path) {
  using enum Failure::Kind;
  if (path.empty() || path.size() > io::kMaxUnixPath)
    return std::unexpected(Failure{nobody, fmt::format("'{}' cannot be the path of a socket", path)});
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::unexpected(Failure{no_answer, fmt::format("no socket: {}", io::plain_text(errno))});
  auto channel = std::make_unique<SocketChannel>(fd);
  const io::StreamEndpoint at = io::unix_endpoint(path);
  if (::connect(fd, at.data(), static_cast<socklen_t>(at.size())) == 0) return channel;
  const int error = errno;
  const auto no_answer_because = [&path](const std::string& why) {
    return std::unexpected(Failure{no_answer, fmt::format("no answer from {}: {}", path, why)});
  };
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTSOCK:
      return std::unexpected(Failure{nobody, fmt::format("no serialtcp process listens at {}", path)});
    case EACCES:
    case EPERM:
      return std::unexpected(Failure{
          no_permission,
          fmt::format(
              "{}: the process is another user's, and you have no permission: ask as that user, or with sudo",
              path)});
    case EAGAIN:
      return no_answer_because("too many clients are waiting");
    default:
      return no_answer_because(io::plain_text(error));
  }
}

}  // namespace serialtcp::control
