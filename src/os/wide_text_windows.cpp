// MultiByteToWideChar() and WideCharToMultiByte().
#include "os/wide_text_windows.h"

#include "os/windows.h"

namespace serialtcp::io {

std::wstring wide_text(std::string_view text) {
  const int size = static_cast<int>(text.size());
  std::wstring wide(text.size(), L'\0');  // no character of UTF-8 has fewer bytes than units of 16 bits
  const int count =
      text.empty() ? 0 : ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, wide.data(), size);
  wide.resize(static_cast<std::size_t>(count));
  return wide;
}

std::string narrow_text(std::wstring_view text) {
  const int size = static_cast<int>(text.size());
  std::string narrow(3 * text.size(), '\0');
  const int count = text.empty() ? 0
                                 : ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, narrow.data(),
                                                         static_cast<int>(narrow.size()), nullptr, nullptr);
  narrow.resize(static_cast<std::size_t>(count));
  return narrow;
}

}  // namespace serialtcp::io
