#include "port/pipe_line_windows.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kPipeForm = "pipe:";
constexpr std::string_view kPipePath = R"(\\.\pipe\)";

OpenError pipe_open_error(DWORD error) {
  using enum OpenError::Kind;
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return {missing, "there is no such pipe: is the virtual machine running, and does it make the pipe?"};
    case ERROR_PIPE_BUSY:
      return {passing, "another program is connected to it: end that one first"};
    case ERROR_ACCESS_DENIED:
      return {unusable, "permission denied: run this program as the user of the virtual machine"};
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
      return {unusable, "that cannot be the name of a pipe"};
    default:
      return {unusable, windows_error_text(error)};
  }
}

std::string pipe_lost_text(ErrorCode error) {
  // Asio's name for ERROR_BROKEN_PIPE.
  const bool ended = error == asio::error::broken_pipe || error.value() == ERROR_BROKEN_PIPE ||
                     error.value() == ERROR_NO_DATA || error.value() == ERROR_PIPE_NOT_CONNECTED;
  return ended ? "the other program has closed the pipe" : error.message();
}

/// Whether there is one that this program can connect to now is not asked: that alone may be a client for its maker.
std::expected<void, OpenError> look_at_pipe(const std::string& name) {
  if (pipe_path(name).empty()) return std::unexpected(pipe_open_error(ERROR_INVALID_NAME));
  return {};
}

std::expected<std::unique_ptr<Line>, std::string> make_pipe_line(const LineRequest& request) {
  if (const auto named = look_at_pipe(request.name); !named) return std::unexpected(named.error().text);
  return std::make_unique<PipeLine>(request.context, request.name);
}

std::optional<std::string> exclusive_pipe(const std::string& name) {
  return pipe_path(name);
}

constexpr SilenceAdvice kPipeAdvice = {.reasons = "the pipe belongs to another port of the virtual machine",
                                       .check = "check to which port of the virtual machine the pipe belongs",
                                       .speed = SilenceAdvice::Speed::none};

}  // namespace

constinit const LineKind kPipeLineKind = {
    .prefix = kPipeForm,
    .form = "pipe:NAME",
    .make = &make_pipe_line,
    .look = &look_at_pipe,
    .exclusive = &exclusive_pipe,
    .advice = kPipeAdvice,
};

constinit const LineKind kPipePathLineKind = {
    .prefix = kPipePath,
    .form = "",
    .make = &make_pipe_line,
    .look = &look_at_pipe,
    .exclusive = &exclusive_pipe,
    .advice = kPipeAdvice,
};

PipeLine::~PipeLine() {
  PipeLine::close();
}

std::expected<void, OpenError> PipeLine::open_pipe() {
  const std::string path = pipe_path(name());
  if (path.empty()) return std::unexpected(pipe_open_error(ERROR_INVALID_NAME));
  const auto handle = open_handle(path);
  if (!handle) return std::unexpected(pipe_open_error(handle.error()));
  if (const ErrorCode error = adopt(*handle, {.loss_text = &pipe_lost_text})) {
    ::CloseHandle(*handle);
    return std::unexpected(OpenError{.text = error.message()});
  }
  return {};
}

std::string pipe_path(std::string_view name) {
  for (const std::string_view prefix : {kPipeForm, kPipePath}) {
    if (name.starts_with(prefix) && name.size() > prefix.size())
      return std::string(kPipePath) + std::string(name.substr(prefix.size()));
  }
  return "";
}

}  // namespace serialtcp::io
