// GetModuleFileNameW(). A running program cannot be replaced, and is started again by its path.
#include "os/own_program.h"

#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::io {

std::string own_program_path() {
  constexpr std::size_t kLongest = 32'768;
  std::wstring path(kLongest, L'\0');
  const DWORD size = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  return narrow_text(std::wstring_view(path).substr(0, size));
}

}  // namespace serialtcp::io
