// GetEnvironmentVariableW(): getenv() would change what is no ASCII.
#include "os/environment.h"

#include <string_view>

#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::io {

std::optional<std::string> environment_variable(const char* name) {
  const std::wstring wide = wide_text(name);
  std::wstring value;
  for (DWORD size = 128;;) {
    value.resize(size);
    ::SetLastError(ERROR_SUCCESS);
    const DWORD needed = ::GetEnvironmentVariableW(wide.c_str(), value.data(), size);
    if (needed == 0 && ::GetLastError() != ERROR_SUCCESS) return std::nullopt;
    if (needed < size) return narrow_text(std::wstring_view(value).substr(0, needed));
    size = needed;
  }
}

}  // namespace serialtcp::io
