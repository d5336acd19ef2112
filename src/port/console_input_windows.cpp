// ReadConsoleInput(): unlike ReadFile(), it can be waited for together with an event, and has all characters.
#include "port/console_input_windows.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "os/wide_text_windows.h"

namespace serialtcp::io {

namespace {

struct KeyOfTerminal {
  WORD key;
  std::string_view bytes;
};

/// As xterm sends them. A console that has been asked for these (ENABLE_VIRTUAL_TERMINAL_INPUT) sends them as characters.
constexpr std::array kKeys = {KeyOfTerminal{VK_UP, "\x1b[A"},      KeyOfTerminal{VK_DOWN, "\x1b[B"},
                              KeyOfTerminal{VK_RIGHT, "\x1b[C"},   KeyOfTerminal{VK_LEFT, "\x1b[D"},
                              KeyOfTerminal{VK_HOME, "\x1b[H"},    KeyOfTerminal{VK_END, "\x1b[F"},
                              KeyOfTerminal{VK_INSERT, "\x1b[2~"}, KeyOfTerminal{VK_DELETE, "\x1b[3~"},
                              KeyOfTerminal{VK_PRIOR, "\x1b[5~"},  KeyOfTerminal{VK_NEXT, "\x1b[6~"},
                              KeyOfTerminal{VK_F1, "\x1bOP"},      KeyOfTerminal{VK_F2, "\x1bOQ"},
                              KeyOfTerminal{VK_F3, "\x1bOR"},      KeyOfTerminal{VK_F4, "\x1bOS"},
                              KeyOfTerminal{VK_F5, "\x1b[15~"},    KeyOfTerminal{VK_F6, "\x1b[17~"},
                              KeyOfTerminal{VK_F7, "\x1b[18~"},    KeyOfTerminal{VK_F8, "\x1b[19~"},
                              KeyOfTerminal{VK_F9, "\x1b[20~"},    KeyOfTerminal{VK_F10, "\x1b[21~"},
                              KeyOfTerminal{VK_F11, "\x1b[23~"},   KeyOfTerminal{VK_F12, "\x1b[24~"}};

constexpr DWORD kControl = LEFT_CTRL_PRESSED | RIGHT_CTRL_PRESSED;

/// Of a key that has no character.
std::string bytes_of_key(const KEY_EVENT_RECORD& key) {
  const bool is_nul = (key.dwControlKeyState & kControl) != 0 &&
                      (key.wVirtualKeyCode == VK_SPACE || key.wVirtualKeyCode == '2');
  if (is_nul) return std::string(1, '\0');
  const auto found = std::ranges::find(kKeys, key.wVirtualKeyCode, &KeyOfTerminal::key);
  return found == kKeys.end() ? "" : std::string(found->bytes);
}

bool is_first_half(wchar_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}

}  // namespace

std::string TypedText::of(std::span<const INPUT_RECORD> events) {
  std::string text;
  for (const INPUT_RECORD& event : events) {
    if (event.EventType != KEY_EVENT) continue;
    const KEY_EVENT_RECORD& key = event.Event.KeyEvent;
    // A character that is typed by its number comes when Alt is let go.
    const bool by_number = key.bKeyDown == 0 && key.wVirtualKeyCode == VK_MENU && key.uChar.UnicodeChar != 0;
    if (key.bKeyDown == 0 && !by_number) continue;
    for (WORD i = 0; i < std::max<WORD>(key.wRepeatCount, 1); ++i) take(key, text);
  }
  return text;
}

void TypedText::take(const KEY_EVENT_RECORD& key, std::string& into) {
  const wchar_t unit = key.uChar.UnicodeChar;
  if (key.wVirtualKeyCode == VK_BACK && unit == L'\b') {
    into += '\x7F';
  } else if (unit == 0) {
    into += bytes_of_key(key);
  } else if (is_first_half(unit)) {
    first_half_ = unit;
  } else if (const wchar_t first = std::exchange(first_half_, L'\0'); first != 0) {
    into += narrow_text(std::wstring{first, unit});
  } else {
    into += narrow_text(std::wstring_view(&unit, 1));
  }
}

BlockingHandle::Move keys_of(HANDLE console) {
  struct Typed {
    TypedText text;
    std::string rest;  ///< that was not taken yet
  };
  return [console, typed = std::make_shared<Typed>()](HANDLE cancelled, std::byte* bytes, std::size_t size,
                                                      ErrorCode& error) -> std::size_t {
    while (typed->rest.empty()) {
      const std::array<HANDLE, 2> either = {cancelled, console};
      std::array<INPUT_RECORD, 64> events;
      DWORD count = 0;
      const DWORD what = ::WaitForMultipleObjects(2, either.data(), FALSE, INFINITE);
      if (what != WAIT_OBJECT_0 + 1 ||
          ::ReadConsoleInputW(console, events.data(), static_cast<DWORD>(events.size()), &count) == 0) {
        error = asio::error::eof;  // closed here, or with its window
        return 0;
      }
      typed->rest = typed->text.of(std::span(events).first(count));
    }
    const std::size_t count = std::min(size, typed->rest.size());
    std::memcpy(bytes, typed->rest.data(), count);
    typed->rest.erase(0, count);
    return count;
  };
}

}  // namespace serialtcp::io
