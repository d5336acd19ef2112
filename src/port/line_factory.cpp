// The kinds of lines, one row each.
#include "port/line_factory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "port/loop_line.h"
#include "port/serial_port.h"
#include "port/socket_line.h"
#include "port/unix_line.h"

namespace serialtcp::io {

namespace {

/// The first whose prefix fits. Serial ports, which have none, come last.
constexpr std::array<const LineKind*, 4> kKinds = {&kSocketLineKind, &kUnixLineKind, &kLoopLineKind,
                                                   &kSerialPortKind};

const LineKind& kind_of(std::string_view name) {
  return **std::ranges::find_if(kKinds,
                                [name](const LineKind* kind) { return name.starts_with(kind->prefix); });
}

}  // namespace

std::expected<std::unique_ptr<Line>, std::string> make_line(const LineRequest& request) {
  const LineKind& kind = kind_of(request.name);
  const std::size_t scheme = request.name.find("://");
  if (!kind.prefix.empty() || scheme == std::string::npos) return kind.make(request);
  return std::unexpected(
      fmt::format("{}:// is not supported: use a {}", request.name.substr(0, scheme), line_forms()));
}

std::optional<std::string> exclusive_line(const std::string& name) {
  return kind_of(name).exclusive(name);
}

std::string line_forms() {
  std::string text(kKinds.back()->form);
  for (const LineKind* kind : kKinds) {
    if (kind == kKinds.back()) break;
    text += fmt::format("{}{}", kind == kKinds[kKinds.size() - 2] ? " or " : ", ", kind->form);
  }
  return text;
}

}  // namespace serialtcp::io
