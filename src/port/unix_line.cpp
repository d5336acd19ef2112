// Connecting like services with unix:, and passing the socket on as a plain descriptor.
#include "port/unix_line.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/tcp_options.h"
#include "os/error_text.h"
#include "os/files.h"
#include "port/file_access_posix.h"

namespace serialtcp::io {

namespace {

OpenError open_error(const std::string& path, ResetReason reason) {
  using enum OpenError::Kind;
  switch (reason) {
    case ResetReason::no_such_file:
      return {missing, "there is no such socket: is the virtual machine or program that makes it running?"};
    case ResetReason::refused:
      return {missing, "nothing listens there: is the virtual machine or program running?"};
    case ResetReason::no_permission:
      return {unusable, access_advice(path)};
    case ResetReason::timed_out:
      return {passing, "the program that listens there accepts no connection: it may take one at a time"};
    case ResetReason::no_resources:
      return {passing, no_descriptors_text()};
    default:
      return {unusable, "it is not a socket that accepts connections"};
  }
}

std::optional<std::string> path_problem(std::string_view path) {
  if (path.empty()) return "a path is expected, as in unix:/run/vm/console.sock";
  if (path.size() <= kMaxUnixPath) return std::nullopt;
  return fmt::format("the path has {} characters: a unix socket's has {} at most", path.size(), kMaxUnixPath);
}

std::expected<std::unique_ptr<Line>, std::string> make(const LineRequest& request) {
  std::string path(request.rest(kUnixLineKind.prefix));
  if (auto problem = path_problem(path)) return std::unexpected(std::move(*problem));
  return std::make_unique<UnixLine>(request.context, std::move(path));
}

std::expected<void, OpenError> look_at_socket(const std::string& name) {
  const std::string path = name.substr(kUnixLineKind.prefix.size());
  if (auto problem = path_problem(path)) return std::unexpected(OpenError{.text = std::move(*problem)});
  if (is_abstract(path)) return {};
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && !S_ISSOCK(status.st_mode)) return std::unexpected(open_error(path, ResetReason::failed));
  if (there && ::access(path.c_str(), W_OK) == 0) return {};
  const bool forbidden = errno == EACCES || errno == EPERM;
  return std::unexpected(
      open_error(path, forbidden ? ResetReason::no_permission : ResetReason::no_such_file));
}

std::optional<std::string> exclusive(const std::string& name) {
  return std::string(kUnixLineKind.prefix) + normal_path(name.substr(kUnixLineKind.prefix.size()));
}

}  // namespace

constinit const LineKind kUnixLineKind = {
    .prefix = "unix:",
    .form = "unix:PATH",
    .make = &make,
    .look = &look_at_socket,
    .exclusive = &exclusive,
    .advice = {.reasons = "the socket belongs to another port of the virtual machine or program",
               .check = "check to which port of the virtual machine or program the socket belongs",
               .speed = SilenceAdvice::Speed::none},
};

UnixLine::UnixLine(asio::io_context& context, std::string path)
    : DescriptorLine(context, std::string(kUnixLineKind.prefix) + path),
      path_(path),
      target_(context, std::move(path), kConnectTimeout) {}

UnixLine::~UnixLine() {
  UnixLine::close();
}

void UnixLine::open(Opened opened) {
  constexpr std::uint64_t kNoConnection = 0;
  attempt_ = target_.reach(kNoConnection, [this, opened = std::move(opened)](auto result) mutable {
    attempt_.reset();
    opened(take_over(std::move(result)));
  });
}

std::expected<void, OpenError> UnixLine::take_over(std::expected<StreamSocket, ResetReason> result) {
  if (!result) return std::unexpected(open_error(path_, result.error()));
  set_line_options(*result);
  ErrorCode error;
  const int fd = result->release(error);
  if (error) return std::unexpected(open_error(path_, ResetReason::failed));
  adopt(fd);
  return {};
}

void UnixLine::close() {
  if (attempt_) attempt_->cancel();
  attempt_.reset();
  DescriptorLine::close();
}

}  // namespace serialtcp::io
