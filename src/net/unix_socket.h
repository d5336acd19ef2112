// Unix sockets: paths, and connecting to them. Does not know streams.
#pragma once

#include <sys/un.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/back_end.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// The maximum length of the path of a unix socket; a limit of the system.
inline constexpr std::size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

/// Whether a path is "@name", which is an abstract socket (os/abstract_name.h) and no file. "./@name" is a file.
inline bool is_abstract(std::string_view path) {
  return path.starts_with('@');
}

/// A path as the user writes it after "unix:". The error completes "argument X: ...".
std::expected<std::string, std::string> parse_unix_path(std::string_view text);

/// `path` is one that parse_unix_path() accepts.
StreamEndpoint unix_endpoint(const std::string& path);

/// Whether a program listens there, without waiting: 0, or the error of connect().
int try_unix_socket(const std::string& path);

/// The unix socket target of a service.
class UnixTarget final : public BackEnd {
 public:
  /// Clients of a listener whose queue is full try again at this interval.
  static constexpr Duration kRetry = std::chrono::milliseconds(20);

  /// `timeout` is for each connect. The context must outlive this object.
  UnixTarget(asio::io_context& context, std::string path, Duration timeout)
      : context_(context), path_(std::move(path)), timeout_(timeout) {}

  std::shared_ptr<Attempt> reach(std::uint64_t, Done done) override;
  std::string name() const override { return "unix:" + path_; }

 private:
  asio::io_context& context_;
  std::string path_;
  Duration timeout_;
};

}  // namespace serialtcp::io
