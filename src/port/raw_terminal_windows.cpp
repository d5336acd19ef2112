// A console of Windows has modes of its input and of its output, and code pages. They outlive this process, so they are put back also
// when it crashes or its window is closed.
#include "port/raw_terminal.h"

#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "os/windows.h"
#include "port/handle_line_windows.h"

namespace serialtcp::io {

namespace {

struct ConsoleModes {
  DWORD input = 0;
  DWORD output = 0;
  UINT input_page = CP_UTF8;
  UINT output_page = CP_UTF8;
  bool operator==(const ConsoleModes&) const = default;
};

struct ConsoleHandles {
  HANDLE input = INVALID_HANDLE_VALUE;
  HANDLE output = INVALID_HANDLE_VALUE;
};

HANDLE open_console(const wchar_t* name) {
  return ::CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                       OPEN_EXISTING, 0, nullptr);
}

std::optional<ConsoleModes> modes_of(const ConsoleHandles& console) {
  ConsoleModes modes{.input_page = ::GetConsoleCP(), .output_page = ::GetConsoleOutputCP()};
  if (::GetConsoleMode(console.input, &modes.input) == 0 ||
      ::GetConsoleMode(console.output, &modes.output) == 0)
    return std::nullopt;
  return modes;
}

bool set_modes(const ConsoleHandles& console, const ConsoleModes& modes) {
  const bool set = ::SetConsoleMode(console.input, modes.input) != 0 &&
                   ::SetConsoleMode(console.output, modes.output) != 0;
  ::SetConsoleCP(modes.input_page);
  ::SetConsoleOutputCP(modes.output_page);
  return set;
}

/// The keys as bytes, Ctrl-C too; the bytes to the screen as a terminal understands them, in UTF-8.
ConsoleModes raw_modes(const ConsoleModes& before) {
  ConsoleModes raw;
  raw.input = (before.input & ENABLE_EXTENDED_FLAGS) | ENABLE_VIRTUAL_TERMINAL_INPUT;
  raw.output = before.output | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING |
               DISABLE_NEWLINE_AUTO_RETURN;
  return raw;
}

/// Windows before 10 has no bytes of terminals.
ConsoleModes old_modes(const ConsoleModes& raw) {
  ConsoleModes old = raw;
  old.input &= ~static_cast<DWORD>(ENABLE_VIRTUAL_TERMINAL_INPUT);
  old.output &= ~static_cast<DWORD>(ENABLE_VIRTUAL_TERMINAL_PROCESSING | DISABLE_NEWLINE_AUTO_RETURN);
  return old;
}

// What the end of the process needs.
ConsoleHandles console_at_end;
ConsoleModes modes_at_end;
bool is_raw = false;
LPTOP_LEVEL_EXCEPTION_FILTER filter_before = nullptr;

void put_back_at_end() {
  if (std::exchange(is_raw, false)) set_modes(console_at_end, modes_at_end);
}

LONG WINAPI put_back_after_crash(EXCEPTION_POINTERS* what) {
  put_back_at_end();
  return filter_before != nullptr ? filter_before(what) : EXCEPTION_CONTINUE_SEARCH;
}

/// The process ends when it returns.
void put_back_when_aborted(int) {
  put_back_at_end();
}

void prepare_for_end() {
  static const bool prepared = [] {
    filter_before = ::SetUnhandledExceptionFilter(&put_back_after_crash);
    std::signal(SIGABRT, &put_back_when_aborted);
    return std::atexit(&put_back_at_end) == 0;
  }();
  static_cast<void>(prepared);
}

}  // namespace

struct RawTerminal::Modes {
  ConsoleHandles console;
  ConsoleModes before;
  ConsoleModes wanted;

  ~Modes() {
    ::CloseHandle(console.input);
    ::CloseHandle(console.output);
  }
};

RawTerminal::RawTerminal() = default;

RawTerminal::~RawTerminal() {
  put_back();
}

std::optional<std::string> RawTerminal::set(GivenFile) {
  CHECK(!modes_);
  auto modes = std::make_unique<Modes>();
  modes->console = {open_console(L"CONIN$"), open_console(L"CONOUT$")};
  const auto before = modes_of(modes->console);
  if (!before) return windows_error_text(::GetLastError());
  modes->before = *before;
  modes->wanted = raw_modes(*before);
  if (!set_modes(modes->console, modes->wanted)) {
    modes->wanted = old_modes(modes->wanted);
    if (!set_modes(modes->console, modes->wanted)) {
      const DWORD error = ::GetLastError();
      set_modes(modes->console, *before);
      return windows_error_text(error);
    }
  }
  console_at_end = modes->console;
  modes_at_end = *before;
  is_raw = true;
  prepare_for_end();
  modes_ = std::move(modes);
  return std::nullopt;
}

void RawTerminal::put_back() {
  if (!modes_) return;
  set_modes(modes_->console, modes_->before);
  is_raw = false;
  modes_.reset();
}

bool RawTerminal::set_again() {
  if (!modes_) return false;
  const auto found = modes_of(modes_->console);
  return found && *found != modes_->wanted && set_modes(modes_->console, modes_->wanted);
}

}  // namespace serialtcp::io
