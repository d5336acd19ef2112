#include "control/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <utility>

#include "control/json_members.h"
#include "net/unix_socket.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::control {

namespace json = boost::json;

namespace {

constexpr std::size_t kReadAtOnce = 64 * 1024;

/// False after kPatience.
bool wait(int fd, short what) {
  pollfd ready{fd, what, 0};
  constexpr auto kMilliseconds = std::chrono::milliseconds(Client::kPatience).count();
  int result = -1;
  do {
    result = ::poll(&ready, 1, static_cast<int>(kMilliseconds));
  } while (result < 0 && errno == EINTR);
  return result > 0;
}

}  // namespace

std::expected<Client, Failure> Client::connect(const std::string& path) {
  using enum Failure::Kind;
  if (path.empty() || path.size() > io::kMaxUnixPath)
    return std::unexpected(Failure{nobody, fmt::format("'{}' cannot be the path of a socket", path)});
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::unexpected(Failure{no_answer, fmt::format("no socket: {}", io::plain_text(errno))});
  Client client(fd, path);
  const io::StreamEndpoint at = io::unix_endpoint(path);
  if (::connect(fd, at.data(), static_cast<socklen_t>(at.size())) == 0) return client;
  const int error = errno;
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
      return std::unexpected(client.no_answer("too many clients are waiting"));
    default:
      return std::unexpected(client.no_answer(io::plain_text(error)));
  }
}

Client::~Client() {
  if (fd_ >= 0) ::close(fd_);
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      input_(std::move(other.input_)),
      searched_(other.searched_) {}

Client& Client::operator=(Client&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(input_, other.input_);
  std::swap(searched_, other.searched_);
  return *this;
}

std::pair<int, std::string> Client::release() {
  return {std::exchange(fd_, -1), std::exchange(input_, {})};
}

Failure Client::no_answer(const std::string& why) const {
  return {Failure::Kind::no_answer, fmt::format("no answer from {}: {}", path_, why)};
}

std::expected<json::object, Failure> Client::ask(const json::object& request) {
  if (const auto sent = send(json::serialize(request) + "\n", Patience::some); !sent)
    return std::unexpected(sent.error());
  for (;;) {
    auto answer = take_answer();
    if (!answer) return std::unexpected(answer.error());
    if (*answer) return std::move(**answer);
    if (const auto readable = wait_readable(); !readable) return std::unexpected(readable.error());
  }
}

std::expected<void, Failure> Client::post(const json::object& request) {
  return send(json::serialize(request) + "\n", Patience::none);
}

std::expected<void, Failure> Client::wait_readable() {
  if (wait(fd_, POLLIN)) return {};
  return std::unexpected(no_answer(fmt::format("nothing for {} s", kPatience.count())));
}

std::expected<std::optional<json::object>, Failure> Client::take_answer() {
  const auto line = take_line();
  if (!line) return std::unexpected(line.error());
  if (!*line) return std::nullopt;
  json::error_code error;
  json::value value = json::parse(**line, error);
  json::object* const answer = error ? nullptr : value.if_object();
  const auto ok = answer != nullptr ? flag_member(*answer, "ok") : std::nullopt;
  if (!ok) return std::unexpected(no_answer("what it says is none of this version of serialtcp"));
  if (*ok) return std::move(*answer);
  const json::value* const why = answer->if_contains("error");
  auto text = why != nullptr && why->is_object() ? text_member(why->get_object(), "text") : std::nullopt;
  if (!text) return std::unexpected(no_answer("it refuses, and does not say why"));
  return std::unexpected(Failure{Failure::Kind::refused, std::move(*text)});
}

std::expected<void, Failure> Client::send(const std::string& line, Patience patience) {
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = ::send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (patience == Patience::none || !wait(fd_, POLLOUT))
        return std::unexpected(no_answer("it does not read the request"));
    } else if (errno != EINTR) {
      return std::unexpected(no_answer(io::plain_text(errno)));
    }
  }
  return {};
}

std::expected<std::optional<std::string>, Failure> Client::take_line() {
  std::array<char, kReadAtOnce> buffer;
  for (;;) {
    if (const std::size_t end = input_.find('\n', searched_); end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      searched_ = 0;
      return line;
    }
    searched_ = input_.size();
    if (input_.size() > kMaxAnswer) return std::unexpected(no_answer("it has no end"));
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      input_.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      return std::unexpected(no_answer("it has closed the connection"));
    } else if (errno == EAGAIN) {
      return std::nullopt;
    } else if (errno != EINTR) {
      return std::unexpected(no_answer(io::plain_text(errno)));
    }
  }
}

}  // namespace serialtcp::control
