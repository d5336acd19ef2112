// Device paths and URLs.
#include "port/line_factory.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "net/target_text.h"
#include "port/loop_line.h"
#include "port/serial_port.h"
#include "port/socket_line.h"

namespace serialtcp::io {

namespace {

constexpr std::array<std::string_view, 3> kNotSupported = {"rfc2217", "hwgrep", "spy"};

}  // namespace

std::expected<std::unique_ptr<Line>, std::string> make_line(asio::io_context& context,
                                                            const std::string& name,
                                                            const SerialSettings& settings,
                                                            Observer& observer) {
  const std::size_t separator = name.find("://");
  if (separator == std::string::npos) return std::make_unique<SerialPort>(context, name, settings, observer);
  const std::string_view scheme = std::string_view(name).substr(0, separator);
  const std::string_view rest = std::string_view(name).substr(separator + 3);
  if (scheme == "loop") return std::make_unique<LoopLine>(context);
  if (scheme == "socket") {
    auto target = parse_target(rest, Family::any);
    if (!target) return std::unexpected(target.error());
    return std::make_unique<SocketLine>(context, std::move(*target));
  }
  for (const std::string_view unsupported : kNotSupported) {
    if (scheme == unsupported) {
      return std::unexpected(
          fmt::format("{}:// is not supported yet: use a device or socket://HOST:PORT", scheme));
    }
  }
  return std::unexpected(
      fmt::format("{}:// is unknown: use a device, socket://HOST:PORT or loop://", scheme));
}

}  // namespace serialtcp::io
