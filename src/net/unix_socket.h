// Unix sockets: paths, and connecting to them. Knows nothing of streams.
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

/// Characters that the path of a unix socket may have; the system's own limit.
inline constexpr std::size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

/// Whether a path is "@name", which is an abstract socket (os/abstract_name.h) and no file. "./@name" is a file.
inline bool is_abstract(std::string_view path) {
  return path.starts_with('@');
}

/// A path as the user writes it behind "unix:". The error completes "argument X: ...".
std::expected<std::string, std::string> parse_unix_path(std::string_view text);

/// `path` is one that parse_unix_path() accepts.
StreamEndpoint unix_endpoint(const std::string& path);

/// Whether somebody listens there, without waiting: 0, or the error of a connect.
int try_unix_socket(const std::string& path);

/// The unix socket that a service stands for.
class UnixTarget final : public BackEnd {
 public:
  /// Clients of a listener whose queue is full try again this often.
  static constexpr Duration kRetry = std::chrono::milliseconds(20);

  /// `timeout` is for each connect. The context outlives this.
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
