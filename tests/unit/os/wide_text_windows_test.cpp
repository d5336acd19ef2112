// UTF-8 to Windows' text and back.
#include "os/wide_text_windows.h"

#include <gtest/gtest.h>

namespace serialtcp::io {
namespace {

TEST(WideText, IsTheSameForwardsAndBack) {
  for (const char* const text : {"", "COM3", R"(C:\Über uns\größe.toml)", "\xE2\x82\xAC", "\xF0\x9F\x94\x8C"})
    EXPECT_EQ(narrow_text(wide_text(text)), text);
  EXPECT_EQ(wide_text("\xC3\xBC"), L"\u00FC");
  EXPECT_EQ(wide_text("\xF0\x9F\x94\x8C").size(), 2U);
}

TEST(WideText, ReplacesWhatIsNoText) {
  EXPECT_EQ(wide_text("a\xFF"
                      "b"),
            L"a\uFFFD"
            L"b");
  const wchar_t half[] = {L'a', 0xD83D, L'b'};
  EXPECT_EQ(narrow_text(std::wstring_view(half, 3)),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace serialtcp::io
