#include "port/absent_line_windows.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kUnixWhy =
    "Windows has no unix sockets for it: take a named pipe (pipe:NAME) or TCP (socket://HOST:PORT)";
constexpr std::string_view kTerminalWhy =
    "Windows has no terminal for a program: take exec:COMMAND, which is connected by pipes";

template <const std::string_view& kWhy>
std::expected<std::unique_ptr<Line>, std::string> refuse_to_make(const LineRequest&) {
  return std::unexpected(std::string(kWhy));
}

template <const std::string_view& kWhy>
std::expected<void, OpenError> refuse_to_look(const std::string&) {
  return std::unexpected(OpenError{.kind = OpenError::Kind::unusable, .text = std::string(kWhy)});
}

std::optional<std::string> shared_by_nobody(const std::string&) {
  return std::nullopt;
}

}  // namespace

constinit const LineKind kAbsentUnixLineKind = {.prefix = "unix:",
                                                .form = "",
                                                .make = &refuse_to_make<kUnixWhy>,
                                                .look = &refuse_to_look<kUnixWhy>,
                                                .exclusive = &shared_by_nobody,
                                                .advice = kCableAdvice};

constinit const LineKind kAbsentTerminalLineKind = {.prefix = "exec,pty:",
                                                    .form = "",
                                                    .make = &refuse_to_make<kTerminalWhy>,
                                                    .look = &refuse_to_look<kTerminalWhy>,
                                                    .exclusive = &shared_by_nobody,
                                                    .advice = kCableAdvice};

}  // namespace serialtcp::io
