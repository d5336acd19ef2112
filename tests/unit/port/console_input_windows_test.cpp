// Events of a console, as ReadConsoleInput() has them.
#include "port/console_input_windows.h"

#include <gtest/gtest.h>

#include <vector>

namespace serialtcp::io {
namespace {

INPUT_RECORD key(WORD code, wchar_t character, DWORD control = 0, BOOL down = TRUE, WORD repeated = 1) {
  INPUT_RECORD event{};
  event.EventType = KEY_EVENT;
  event.Event.KeyEvent.bKeyDown = down;
  event.Event.KeyEvent.wRepeatCount = repeated;
  event.Event.KeyEvent.wVirtualKeyCode = code;
  event.Event.KeyEvent.uChar.UnicodeChar = character;
  event.Event.KeyEvent.dwControlKeyState = control;
  return event;
}

std::string typed(const std::vector<INPUT_RECORD>& events) {
  return TypedText().of(events);
}

TEST(TypedText, IsUtf8) {
  EXPECT_EQ(typed({key('A', L'a'), key('A', L'a', 0, FALSE), key(VK_OEM_1, L'\u00FC')}), "a\xC3\xBC");
  EXPECT_EQ(typed({key('C', 3, LEFT_CTRL_PRESSED), key(VK_RETURN, L'\r')}), "\x03\r");
  EXPECT_EQ(typed({key('X', L'x', 0, TRUE, 3)}), "xxx");
}

TEST(TypedText, PutsHalvesTogetherThatComeApart) {
  TypedText text;
  EXPECT_EQ(text.of(std::vector{key(0, 0xD83D)}), "");
  EXPECT_EQ(text.of(std::vector{key(0, 0xDE00)}), "\xF0\x9F\x98\x80");
}

TEST(TypedText, HasWhatTerminalsSendForKeysWithoutACharacter) {
  EXPECT_EQ(typed({key(VK_UP, 0), key(VK_DELETE, 0), key(VK_F1, 0)}), "\x1b[A\x1b[3~\x1bOP");
  EXPECT_EQ(typed({key(VK_BACK, L'\b')}), "\x7F");
  EXPECT_EQ(typed({key(VK_SHIFT, 0), key(VK_CONTROL, 0, LEFT_CTRL_PRESSED)}), "");
  EXPECT_EQ(typed({key(VK_SPACE, 0, LEFT_CTRL_PRESSED)}), std::string(1, '\0'));
}

TEST(TypedText, TakesCharactersThatAreTypedByTheirNumber) {
  EXPECT_EQ(typed({key(VK_MENU, 0), key(VK_MENU, L'\u00E9', 0, FALSE)}), "\xC3\xA9");
}

TEST(TypedText, IgnoresOtherEvents) {
  INPUT_RECORD focus{};
  focus.EventType = FOCUS_EVENT;
  EXPECT_EQ(typed({focus}), "");
}

}  // namespace
}  // namespace serialtcp::io
