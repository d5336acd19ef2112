// CreateFileW() and its kin. A device such as COM3 is no file.
#include "os/files.h"

#include <cerrno>
#include <string_view>

#include "os/last_error_windows.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::io {

namespace {

/// A file or folder, opened only to be asked about, or to see whether this access is permitted, and closed at the end.
class Asked {
 public:
  explicit Asked(const std::string& path, DWORD access = 0)
      : handle_(::CreateFileW(wide_text(path).c_str(), access,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, nullptr)) {}
  ~Asked() {
    if (is_open()) ::CloseHandle(handle_);
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  bool is_open() const { return handle_ != INVALID_HANDLE_VALUE; }
  HANDLE handle() const { return handle_; }

 private:
  HANDLE handle_;
};

/// As everybody writes it: without the \\?\ that the system puts in front.
std::string plain_path(std::wstring_view path) {
  constexpr std::wstring_view kShare = L"\\\\?\\UNC\\";
  constexpr std::wstring_view kLong = L"\\\\?\\";
  if (path.starts_with(kShare)) return "\\\\" + narrow_text(path.substr(kShare.size()));
  if (path.starts_with(kLong)) path.remove_prefix(kLong.size());
  return narrow_text(path);
}

}  // namespace

FileKind file_kind(const std::string& path, std::error_code& error) {
  error.clear();
  const DWORD attributes = ::GetFileAttributesW(wide_text(path).c_str());
  if (attributes != INVALID_FILE_ATTRIBUTES)
    return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? FileKind::link : FileKind::other;
  const int number = last_errno();
  if (number == ENOENT || number == ENOTDIR) return FileKind::none;
  error.assign(number, std::generic_category());
  return FileKind::unknown;
}

PathKind path_kind(const std::string& path, std::error_code& error) {
  error.clear();
  const DWORD attributes = ::GetFileAttributesW(wide_text(path).c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) {
    error.assign(last_errno(), std::generic_category());
    return PathKind::none;
  }
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return PathKind::folder;
  return (attributes & FILE_ATTRIBUTE_DEVICE) != 0 ? PathKind::other : PathKind::regular;
}

bool exists(const std::string& path) {
  return ::GetFileAttributesW(wide_text(path).c_str()) != INVALID_FILE_ATTRIBUTES;
}

bool is_character_device(const std::string&) {
  return false;
}

bool is_same_file(const std::string& one, const std::string& other) {
  const Asked a(one);
  const Asked b(other);
  BY_HANDLE_FILE_INFORMATION of_a{};
  BY_HANDLE_FILE_INFORMATION of_b{};
  return a.is_open() && b.is_open() && ::GetFileInformationByHandle(a.handle(), &of_a) != 0 &&
         ::GetFileInformationByHandle(b.handle(), &of_b) != 0 &&
         of_a.dwVolumeSerialNumber == of_b.dwVolumeSerialNumber &&
         of_a.nFileIndexHigh == of_b.nFileIndexHigh && of_a.nFileIndexLow == of_b.nFileIndexLow;
}

std::string real_path(const std::string& path) {
  const Asked file(path);
  if (!file.is_open()) return "";
  std::wstring real(MAX_PATH, L'\0');
  for (;;) {
    const auto size = static_cast<DWORD>(real.size());
    const DWORD needed = ::GetFinalPathNameByHandleW(file.handle(), real.data(), size, FILE_NAME_NORMALIZED);
    if (needed == 0) return "";
    const bool fits = needed < size;
    real.resize(needed);
    if (fits) return plain_path(real);
  }
}

std::string resolved_path(const std::string& path) {
  if (std::string real = real_path(path); !real.empty()) return real;
  std::wstring full(MAX_PATH, L'\0');
  for (;;) {
    const auto size = static_cast<DWORD>(full.size());
    const DWORD needed = ::GetFullPathNameW(wide_text(path).c_str(), size, full.data(), nullptr);
    if (needed == 0) return path;
    const bool fits = needed < size;
    full.resize(needed);
    if (fits) return plain_path(full);
  }
}

std::string link_target(const std::string&) {
  return "";
}

void for_each_name(const std::string& folder, std::size_t most,
                   const std::function<void(const std::string& name)>& each) {
  WIN32_FIND_DATAW found{};
  const HANDLE names = ::FindFirstFileW(wide_text(folder + "\\*").c_str(), &found);
  if (names == INVALID_HANDLE_VALUE) return;
  std::size_t count = 0;
  do {
    const std::string name = narrow_text(found.cFileName);
    if (name == "." || name == "..") continue;
    ++count;
    each(name);
  } while (count < most && ::FindNextFileW(names, &found) != 0);
  ::FindClose(names);
}

int why_not_writable(const std::string& path) {
  // Only opening tells what an access control list permits.
  const bool there = exists(path);
  const Asked asked(there ? path : folder_of(path), there ? FILE_APPEND_DATA : FILE_ADD_FILE);
  if (!asked.is_open()) return last_errno();
  std::error_code ignored;
  return there && path_kind(path, ignored) == PathKind::folder ? EISDIR : 0;
}

}  // namespace serialtcp::io
