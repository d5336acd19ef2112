// PassedSockets: sockets that a service manager has opened and passed to this program when it started it, as
// sd_listen_fds(3) describes. Owns them for as long as the process lives, so that a service that ends and starts again
// finds them again.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::io {

class PassedSockets {
 public:
  /// The first descriptor that is passed.
  static constexpr int kFirst = 3;
  /// More are not accepted.
  static constexpr int kMost = 1024;

  /// Those of this process. The first call reads what the environment says, removes it from there, and keeps the
  /// sockets from programs that this one starts: before there are threads, and before files are opened.
  static const PassedSockets& of_this_process();

  /// The same, with another first descriptor. Does not own them.
  explicit PassedSockets(int first);

  /// The sockets of this name, at least one; all accept connections. The error completes "Could not listen on X: ...".
  std::expected<std::vector<int>, std::string> named(std::string_view name) const;

 private:
  std::expected<int, std::string> take_count() const;
  std::string names() const;

  std::string problem_;  ///< why there are none
  std::map<std::string, std::vector<int>, std::less<>> sockets_;
};

}  // namespace serialtcp::io
