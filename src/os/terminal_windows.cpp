// The console: GetConsoleMode(), WriteConsoleW(). Its virtual terminal takes the escape sequences of others.
#include "os/terminal.h"

#include <memory>
#include <string>

#include "os/environment.h"
#include "os/line_sink.h"
#include "os/standard_output_windows.h"
#include "os/wide_text_windows.h"

namespace serialtcp::io {

HANDLE standard_handle(StandardStream stream) {
  switch (stream) {
    case StandardStream::input:
      return ::GetStdHandle(STD_INPUT_HANDLE);
    case StandardStream::output:
      return ::GetStdHandle(STD_OUTPUT_HANDLE);
    case StandardStream::error:
      break;
  }
  return ::GetStdHandle(STD_ERROR_HANDLE);
}

bool is_console(HANDLE handle) {
  DWORD mode = 0;
  if (handle == nullptr || handle == INVALID_HANDLE_VALUE || ::GetConsoleMode(handle, &mode) == 0)
    return false;
  ::SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
  return true;
}

bool write_all(HANDLE handle, std::string_view text) {
  DWORD put = 0;
  if (is_console(handle)) {
    const std::wstring wide = wide_text(text);
    return ::WriteConsoleW(handle, wide.data(), static_cast<DWORD>(wide.size()), &put, nullptr) != 0 &&
           put == wide.size();
  }
  return ::WriteFile(handle, text.data(), static_cast<DWORD>(text.size()), &put, nullptr) != 0 &&
         put == text.size();
}

bool is_terminal(StandardStream stream) {
  DWORD mode = 0;
  return ::GetConsoleMode(standard_handle(stream), &mode) != 0;
}

std::size_t terminal_width() {
  CONSOLE_SCREEN_BUFFER_INFO info{};
  if (::GetConsoleScreenBufferInfo(standard_handle(StandardStream::output), &info) == 0) return 0;
  return static_cast<std::size_t>(info.srWindow.Right - info.srWindow.Left + 1);
}

bool colours_are_wanted() {
  return environment_text("NO_COLOR").empty();
}

bool shows_colours(StandardStream stream) {
  const HANDLE handle = standard_handle(stream);
  DWORD mode = 0;
  return is_console(handle) && ::GetConsoleMode(handle, &mode) != 0 &&
         (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0 && colours_are_wanted();
}

void write_standard_error(std::string_view text) {
  static_cast<void>(standard_error_sink()->write(text));
}

}  // namespace serialtcp::io
