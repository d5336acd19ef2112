// Below %LOCALAPPDATA%, which only the user, administrators and the system may read.
#include "driver/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <io.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "os/environment.h"
#include "os/wide_text_windows.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kName = "\\serialtcp";
/// A new file that is older was left behind.
constexpr std::time_t kAbandoned = 10;

}  // namespace

StateSurroundings state_surroundings() {
  return {.state_home = environment_text("LOCALAPPDATA")};
}

std::expected<std::string, std::string> state_folder(const StateSurroundings& around) {
  if (around.state_home.empty()) return std::unexpected("LOCALAPPDATA is not set: set it");
  return fmt::format("{}{}", around.state_home, kName);
}

/// The folders above it are there: they are Windows' own.
int make_state_folder(const std::string& path) {
  return ::_wmkdir(wide_text(path).c_str()) == 0 || errno == EEXIST ? 0 : errno;
}

/// Others than administrators have no access to the folder above it.
bool belongs_to_another_user(const std::string&) {
  return false;
}

NewFile::~NewFile() {
  close();
}

void NewFile::close() {
  if (file_ < 0) return;
  ::_close(std::exchange(file_, -1));
  if (!moved_) ::_wunlink(wide_text(path_).c_str());
}

int NewFile::open() {
  const std::wstring path = wide_text(path_);
  struct _stat64 found {};
  if (::_wstat64(path.c_str(), &found) == 0 && std::time(nullptr) - found.st_mtime > kAbandoned)
    ::_wunlink(path.c_str());
  file_ =
      ::_wopen(path.c_str(), _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
  return file_ < 0 ? errno : 0;
}

int NewFile::fill(std::string_view text) {
  const int count = ::_write(file_, text.data(), static_cast<unsigned>(text.size()));
  if (count < 0) return errno;
  return static_cast<std::size_t>(count) == text.size() ? 0 : ENOSPC;
}

/// A file that is open cannot be renamed.
int NewFile::move_to(const std::string& path) {
  moved_ = true;
  close();
  const std::wstring from = wide_text(path_);
  if (::MoveFileExW(from.c_str(), wide_text(path).c_str(), MOVEFILE_REPLACE_EXISTING) != 0) return 0;
  ::_wunlink(from.c_str());
  return EACCES;
}

}  // namespace serialtcp::io
