// Virtual machines of Windows have named pipes in place of unix sockets, and make them themselves.
#include "port/listen_path.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kNoUnixSockets =
    "this program has no unix sockets on Windows: use listen:PORT, or pipe:NAME for the named pipe of a virtual "
    "machine";

}  // namespace

std::expected<std::string, std::string> parse_listen_path(std::string_view) {
  return std::unexpected(std::string(kNoUnixSockets));
}

std::expected<void, OpenError> look_at_listen_path(const std::string&) {
  return std::unexpected(OpenError{.text = std::string(kNoUnixSockets)});
}

std::expected<std::unique_ptr<FrontEnd>, std::string> listen_at_path(asio::io_context&, const std::string&,
                                                                     Observer&) {
  return std::unexpected(std::string(kNoUnixSockets));
}

}  // namespace serialtcp::io
