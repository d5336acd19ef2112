// The kinds of lines, one row each.
#include "port/line_factory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "port/exec_line.h"
#include "port/hwgrep_line.h"
#include "port/listen_line.h"
#include "port/loop_line.h"
#include "port/serial_port.h"
#include "port/socket_line.h"
#include "port/spy_line.h"
#include "port/stdio_line.h"
#include "port/telnet_line.h"
#include "port/unix_line.h"

namespace serialtcp::io {

namespace {

/// The first whose prefix fits. Serial ports, which have none, come last.
constexpr auto kKinds = std::to_array<const LineKind*>({
    &kSocketLineKind,
    &kTelnetLineKind,
    &kRfc2217LineKind,
    &kUnixLineKind,
    &kListenLineKind,
    &kExecLineKind,
    &kExecTerminalLineKind,
    &kStdioLineKind,
    &kDashLineKind,
    &kHwgrepLineKind,
    &kSpyLineKind,
    &kAltLineKind,
    &kLoopLineKind,
    &kSerialPortKind,
});

const LineKind& kind_of(std::string_view name) {
  return **std::ranges::find_if(kKinds,
                                [name](const LineKind* kind) { return name.starts_with(kind->prefix); });
}

std::optional<std::string> scheme_problem(const std::string& name) {
  if (!kind_of(name).prefix.empty()) return std::nullopt;
  for (const LineKind* kind : kKinds) {
    const std::size_t slashes = kind->prefix.find("//");
    if (slashes != std::string::npos && name.starts_with(kind->prefix.substr(0, slashes)))
      return fmt::format("two slashes are missing behind the colon: write {}", kind->form);
  }
  const std::size_t scheme = name.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  return fmt::format("{}:// is not supported: use a {}", name.substr(0, scheme), line_forms());
}

}  // namespace

std::expected<std::unique_ptr<Line>, std::string> make_line(const LineRequest& request) {
  if (auto problem = scheme_problem(request.name)) return std::unexpected(std::move(*problem));
  return kind_of(request.name).make(request);
}

std::expected<void, OpenError> look_at_line(const std::string& name) {
  if (auto problem = scheme_problem(name)) return std::unexpected(OpenError{.text = std::move(*problem)});
  return kind_of(name).look(name);
}

std::optional<std::string> exclusive_line(const std::string& name) {
  return kind_of(name).exclusive(name);
}

const SilenceAdvice& silence_advice(const std::string& name) {
  return kind_of(name).advice;
}

std::string line_forms() {
  std::string text(kKinds.back()->form);
  for (const LineKind* kind : kKinds) {
    if (kind == kKinds.back() || kind->form.empty()) continue;
    text += fmt::format("{}{}", kind == kKinds[kKinds.size() - 2] ? " or " : ", ", kind->form);
  }
  return text;
}

bool is_standard_input_and_output(const std::string& name) {
  return exclusive_line(name) == exclusive_line(std::string(kDashLineKind.prefix));
}

bool is_other_line(const std::string& name) {
  return !kind_of(name).prefix.empty();
}

}  // namespace serialtcp::io
