// By the XDG Base Directory Specification, and where systemd says.
#include "driver/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <utility>

#include "os/environment.h"
#include "os/files.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kName = "/serialtcp";
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
/// A new file that is older was left behind.
constexpr std::time_t kAbandoned = 10;

}  // namespace

StateSurroundings state_surroundings() {
  const std::string directories = environment_text("STATE_DIRECTORY");  // several are separated by colons
  return {.state_directory = directories.substr(0, directories.find(':')),
          .state_home = environment_text("XDG_STATE_HOME"),
          .home = environment_text("HOME"),
          .root = ::geteuid() == 0};
}

std::expected<std::string, std::string> state_folder(const StateSurroundings& around) {
  const auto below = [](std::string_view folder) { return fmt::format("{}{}", folder, kName); };
  if (!around.state_directory.empty()) return around.state_directory;
  // A path that is not absolute is to be ignored (XDG Base Directory Specification).
  if (around.state_home.starts_with('/')) return below(around.state_home);
  if (around.root) return below("/var/lib");
  if (around.home.starts_with('/')) return below(around.home + "/.local/state");
  return std::unexpected("neither XDG_STATE_HOME nor HOME is set: set one of them");
}

int make_state_folder(const std::string& path) {
  if (path.empty() || exists(path)) return 0;
  if (const int error = make_state_folder(folder_of(path))) return error;
  return ::mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST ? 0 : errno;
}

bool belongs_to_another_user(const std::string& folder) {
  struct stat info {};
  return ::stat(folder.c_str(), &info) == 0 && info.st_uid != ::geteuid();
}

NewFile::~NewFile() {
  close();
}

void NewFile::close() {
  if (file_ < 0) return;
  ::close(std::exchange(file_, -1));
  if (!moved_) ::unlink(path_.c_str());
}

int NewFile::open() {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0 && std::time(nullptr) - found.st_mtime > kAbandoned)
    ::unlink(path_.c_str());
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
  return file_ < 0 ? errno : 0;
}

int NewFile::fill(std::string_view text) {
  const ssize_t count = ::write(file_, text.data(), text.size());
  if (count < 0) return errno;
  return static_cast<std::size_t>(count) == text.size() ? 0 : ENOSPC;
}

int NewFile::move_to(const std::string& path) {
  if (std::rename(path_.c_str(), path.c_str()) != 0) return errno;
  moved_ = true;
  return 0;
}

}  // namespace serialtcp::io
