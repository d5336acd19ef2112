// connect() on a unix socket succeeds at once, or reports that the listener's queue is full, which no event
// ends: it is tried again after some time.
#include "net/unix_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "os/abstract_name.h"
#include "os/clock.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

ResetReason unix_connect_reason(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ResetReason::no_such_file;
    case EACCES:
    case EPERM:
    case EROFS:
      return ResetReason::no_permission;
    default:
      return connect_reason(error);
  }
}

std::expected<std::string, std::string> parse_abstract(std::string_view text) {
  const std::string_view name = text.substr(1);
  if (name.empty()) return std::unexpected("unix:@ needs a name, as in unix:@name");
  if (name.size() > kMaxAbstractName) {
    return std::unexpected(
        fmt::format("'{}' is too long: the name of an abstract socket has at most {} characters, this one {}",
                    text, kMaxAbstractName, name.size()));
  }
  if (abstract_endpoint(name)) return std::string(text);
  return std::unexpected("this system has no abstract sockets: use unix: with a path");
}

class UnixAttempt final : public Attempt, public std::enable_shared_from_this<UnixAttempt> {
 public:
  UnixAttempt(asio::io_context& context, const std::string& path, Duration timeout, BackEnd::Done done)
      : endpoint_(unix_endpoint(path)),
        give_up_at_(now() + timeout),
        done_(std::move(done)),
        socket_(context),
        timer_(context) {}

  void begin() {
    asio::post(timer_.get_executor(), [self = shared_from_this()] { self->try_once(); });
  }

  void cancel() override {
    done_ = nullptr;
    timer_.cancel();
    ErrorCode ignored;
    socket_.close(ignored);
  }

 private:
  void try_once() {
    if (!done_) return;
    ErrorCode error;
    socket_.open(endpoint_.protocol(), error);
    if (!error) socket_.non_blocking(true, error);
    if (error) return finish(std::unexpected(unix_connect_reason(error_number(error))));
    if (::connect(socket_.native_handle(), endpoint_.data(), static_cast<socklen_t>(endpoint_.size())) == 0) {
      return finish(std::move(socket_));
    }
    const int failure = errno;
    socket_.close(error);
    if (failure != EAGAIN && failure != EINTR) return finish(std::unexpected(unix_connect_reason(failure)));
    if (now() >= give_up_at_) return finish(std::unexpected(ResetReason::timed_out));
    timer_.expires_after(UnixTarget::kRetry);
    timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
      if (!cancelled) self->try_once();
    });
  }

  void finish(std::expected<StreamSocket, ResetReason> result) {
    BackEnd::Done done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  StreamEndpoint endpoint_;
  Time give_up_at_;
  BackEnd::Done done_;
  StreamSocket socket_;
  asio::steady_timer timer_;
};

}  // namespace

std::expected<std::string, std::string> parse_unix_path(std::string_view text) {
  if (text.empty()) return std::unexpected("unix: needs a path, as in unix:/run/x.sock");
  if (is_abstract(text)) return parse_abstract(text);
  if (text.size() <= kMaxUnixPath) return std::string(text);
  return std::unexpected(
      fmt::format("'{}' is too long: the path of a unix socket has at most {} characters, this one {}", text,
                  kMaxUnixPath, text.size()));
}

StreamEndpoint unix_endpoint(const std::string& path) {
  if (is_abstract(path)) {
    if (const auto endpoint = abstract_endpoint(std::string_view(path).substr(1))) return *endpoint;
  }
  CHECK(!path.empty() && path.size() <= kMaxUnixPath);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return {&address, offsetof(sockaddr_un, sun_path) + path.size() + 1, 0};
}

int try_unix_socket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  const StreamEndpoint endpoint = unix_endpoint(path);
  const bool connected = ::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  const int failure = connected ? 0 : errno;
  ::close(fd);
  return failure;
}

std::shared_ptr<Attempt> UnixTarget::reach(std::uint64_t, Done done) {
  auto attempt = std::make_shared<UnixAttempt>(context_, path_, timeout_, std::move(done));
  attempt->begin();
  return attempt;
}

}  // namespace serialtcp::io
