// CreateFileW(), for a file that others may write to, rename or remove meanwhile.
#include "os/file_text.h"

#include <algorithm>
#include <array>

#include "os/last_error_windows.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::io {

int add_file_text(const std::string& path, std::size_t most, std::string& text) {
  constexpr DWORD kShared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const HANDLE file =
      ::CreateFileW(wide_text(path).c_str(), GENERIC_READ, kShared, nullptr, OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) return last_errno();
  std::array<char, 4096> piece;
  int error = 0;
  while (::GetFileType(file) == FILE_TYPE_DISK && text.size() < most) {
    DWORD got = 0;
    const auto wanted = static_cast<DWORD>(std::min(piece.size(), most - text.size()));
    if (::ReadFile(file, piece.data(), wanted, &got, nullptr) == 0) error = last_errno();
    if (error != 0 || got == 0) break;
    text.append(piece.data(), got);
  }
  ::CloseHandle(file);
  return error;
}

}  // namespace serialtcp::io
