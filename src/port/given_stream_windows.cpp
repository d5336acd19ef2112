// A thread for each direction (port/blocking_handle_windows): what a program is given can only be waited for. What somebody types at
// a console is read as keys.
#include "port/given_stream.h"

#include <io.h>

#include <utility>

#include "os/windows.h"
#include "port/blocking_handle_windows.h"
#include "port/completion_stream.h"
#include "port/console_input_windows.h"
#include "port/handle_line_windows.h"

namespace serialtcp::io {

namespace {

/// INVALID_HANDLE_VALUE or null: there is none.
HANDLE handle_of(GivenFile file) {
  // Of 0, 1 and 2, the system's own: a program without a console has files of the C library that lead nowhere.
  constexpr DWORD kStandard[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  if (file >= 0 && file < 3) return ::GetStdHandle(kStandard[file]);
  return reinterpret_cast<HANDLE>(::_get_osfhandle(file));
}

bool is_handle(HANDLE handle) {
  return handle != nullptr && handle != INVALID_HANDLE_VALUE;
}

bool is_console(HANDLE handle) {
  DWORD mode = 0;
  return is_handle(handle) && ::GetConsoleMode(handle, &mode) != 0;
}

/// CompareObjectHandles() of Windows 10; not in all import libraries.
bool is_same_object(HANDLE one, HANDLE other) {
  using Compare = BOOL(WINAPI*)(HANDLE, HANDLE);
  const HMODULE library = ::GetModuleHandleW(L"kernelbase.dll");
  const auto compare = library == nullptr ? nullptr
                                          : reinterpret_cast<Compare>(reinterpret_cast<void*>(
                                                ::GetProcAddress(library, "CompareObjectHandles")));
  return compare != nullptr && compare(one, other) != 0;
}

std::string loss_text(ErrorCode error) {
  const bool closed = error.value() == ERROR_NO_DATA || error.value() == ERROR_BROKEN_PIPE;
  return closed ? "the program at its other side has closed it" : error.message();
}

}  // namespace

bool is_terminal(GivenFile file) {
  return is_console(handle_of(file));
}

bool is_same_stream(GivenFile one, GivenFile other) {
  const HANDLE first = handle_of(one);
  const HANDLE second = handle_of(other);
  if (!is_handle(first) || !is_handle(second)) return false;
  return first == second || (is_console(first) && is_console(second)) || is_same_object(first, second);
}

std::optional<std::string> problem_of_stream(GivenFile file) {
  const HANDLE handle = handle_of(file);
  if (!is_handle(handle)) return "is closed";
  switch (::GetFileType(handle)) {
    case FILE_TYPE_PIPE:  // also a socket
      return std::nullopt;
    case FILE_TYPE_CHAR:
      if (is_console(handle)) return std::nullopt;
      return "is NUL or another device: it has to be a console, a pipe or a socket";
    case FILE_TYPE_DISK:
      return "is a file: it has to be a console, a pipe or a socket";
    default:
      return "is closed";
  }
}

struct GivenStream::State {
  State(asio::io_context& loop, Way direction) : context(loop), way(direction), stream(loop) {}

  asio::io_context& context;
  Way way;
  CompletionStream<BlockingHandle> stream;
};

GivenStream::GivenStream(asio::io_context& context, GivenFile file, Way way)
    : file_(file), state_(std::make_unique<State>(context, way)) {}

GivenStream::~GivenStream() {
  close();
}

std::optional<std::string> GivenStream::open() {
  const HANDLE handle = handle_of(file_);
  if (!is_handle(handle)) return windows_error_text(ERROR_INVALID_HANDLE);
  auto move = state_->way == Way::output ? writes_of(handle)
              : is_console(handle)       ? keys_of(handle)
                                         : reads_of(handle);
  const auto reading = state_->way == Way::output ? CompletionStream<BlockingHandle>::Reading::never
                                                  : CompletionStream<BlockingHandle>::Reading::ahead;
  state_->stream.adopt(BlockingHandle(state_->context, std::move(move)), {.loss_text = &loss_text}, reading);
  return std::nullopt;
}

void GivenStream::close() {
  state_->stream.close();
}

bool GivenStream::is_open() const {
  return state_->stream.is_open();
}

LineResult GivenStream::read(MutableByteView into) {
  return state_->stream.read(into);
}

LineResult GivenStream::write(ByteView bytes) {
  return state_->stream.write(bytes);
}

void GivenStream::when_readable(Line::Ready ready) {
  state_->stream.when_readable(std::move(ready));
}

void GivenStream::when_writable(Line::Ready ready) {
  state_->stream.when_writable(std::move(ready));
}

std::size_t GivenStream::unsent() const {
  return state_->stream.unsent();
}

}  // namespace serialtcp::io
