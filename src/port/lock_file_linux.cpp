// The file appears with its contents: it is written under another name first. A stale one is removed by one process at
// a time, which has locked it with flock(2) meanwhile.
#include "port/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <utility>

#include "os/error_text.h"
#include "os/files.h"
#include "port/device_use.h"
#include "port/port_holder_posix.h"

namespace serialtcp::io {

namespace {

/// A file that is empty or cannot be understood is being written, if it is not older than this.
constexpr std::time_t kYoungSeconds = 5;
constexpr mode_t kReadableByAll = 0644;

class Opened {
 public:
  Opened(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode)) {}
  ~Opened() {
    if (fd_ >= 0) ::close(fd_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// "ttyUSB0", "pts_5".
std::string name_of(const std::string& path) {
  std::string device = real_path(path);
  if (device.empty()) device = path;
  constexpr std::string_view kFolder = "/dev/";
  if (!device.starts_with(kFolder)) return std::string(file_name(device));
  device.erase(0, kFolder.size());
  std::ranges::replace(device, '/', '_');
  return device;
}

/// A number in decimal, as the standard has it, or the four bytes of one, as some programs write it; 0: neither.
pid_t process_of(std::string_view text) {
  pid_t process = 0;
  if (text.size() == sizeof process && text.find_first_not_of("0123456789 \n") != std::string_view::npos) {
    std::memcpy(&process, text.data(), sizeof process);
    return std::max(process, 0);
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), process);
  return error == std::errc{} && process > 0 ? process : 0;
}

pid_t process_in(int fd) {
  std::array<char, 32> text;
  const ssize_t size = ::read(fd, text.data(), text.size());
  return process_of({text.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
}

/// The numbers of ptys are used again soon: a lock that is older than the device is for an earlier one.
bool is_of_earlier_pty(const std::string& device, const struct stat& lock) {
  struct stat info {};
  return ::stat(device.c_str(), &info) == 0 && is_pty(info.st_rdev) && lock.st_mtime < info.st_ctime;
}

}  // namespace

std::vector<std::string> LockFile::folders() {
  std::vector<std::string> folders;
  for (const char* folder : {"/run/lock", "/var/lock"}) {
    const std::string real = real_path(folder);
    if (!real.empty() && std::ranges::find(folders, real) == folders.end()) folders.push_back(real);
  }
  return folders;
}

std::expected<void, LockFile::Taken> LockFile::take(const std::string& path) {
  release();
  const std::string name = "/LCK.." + name_of(path);
  for (const std::string& folder : folders_) {
    if (auto taken = look_at(folder + name, path)) return std::unexpected(std::move(*taken));
  }
  for (const std::string& folder : folders_) {
    switch (make(folder, folder + name)) {
      case Made::yes:
        return {};
      case Made::exists:  // made since we have looked, or it stays there
        if (auto taken = look_at(folder + name, path)) return std::unexpected(std::move(*taken));
        return {};
      case Made::no:
        break;
    }
  }
  return {};
}

/// Who has locked the port by this file. One that is stale is gone afterwards, if that is permitted.
std::optional<LockFile::Taken> LockFile::look_at(const std::string& file, const std::string& device) {
  const Opened lock(file, O_RDONLY);
  if (lock.fd() < 0) {
    if (errno != ENOENT) note_problem(file, plain_text(errno));
    return std::nullopt;
  }
  struct stat info {};
  if (::fstat(lock.fd(), &info) != 0 || !S_ISREG(info.st_mode)) {
    note_problem(file, "it is not a regular file: remove it");
    return std::nullopt;
  }
  const pid_t process = process_in(lock.fd());
  if (process == ::getpid()) return std::nullopt;
  const bool live = process != 0 ? is_running(process) && !is_of_earlier_pty(device, info)
                                 : std::time(nullptr) - info.st_mtime <= kYoungSeconds;
  if (live) return Taken{{process, process != 0 ? command_of(process) : ""}, file};
  remove_stale(lock.fd(), file);
  return std::nullopt;
}

void LockFile::remove_stale(int fd, const std::string& file) {
  struct stat opened {};
  struct stat named {};
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return;  // another process is about to remove it
  const bool same = ::fstat(fd, &opened) == 0 && ::lstat(file.c_str(), &named) == 0 &&
                    opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
  if (same && ::unlink(file.c_str()) != 0)
    note_problem(file, fmt::format("its program has ended, and it cannot be removed: {}", plain_text(errno)));
}

LockFile::Made LockFile::make(const std::string& folder, const std::string& file) {
  const std::string draft = fmt::format("{}/LTMP..{}", folder, ::getpid());
  ::unlink(draft.c_str());  // of an earlier process with our number
  const Opened made(draft, O_WRONLY | O_CREAT | O_EXCL, kReadableByAll);
  const std::string text = fmt::format("{:10}\n", ::getpid());
  int error = 0;
  if (made.fd() < 0 || ::fchmod(made.fd(), kReadableByAll) != 0)
    error = errno;
  else if (const ssize_t count = ::write(made.fd(), text.data(), text.size());
           count != static_cast<ssize_t>(text.size()))
    error = count < 0 ? errno : ENOSPC;
  else if (::link(draft.c_str(), file.c_str()) != 0)
    error = errno;
  if (made.fd() >= 0) ::unlink(draft.c_str());
  if (error == EEXIST && made.fd() >= 0) return Made::exists;
  if (error != 0) {
    note_problem(file, plain_text(error));
    return Made::no;
  }
  path_ = file;
  return Made::yes;
}

void LockFile::release() {
  const std::string path = std::exchange(path_, "");
  if (path.empty()) return;
  // Somebody may have replaced it.
  const Opened file(path, O_RDONLY);
  if (file.fd() >= 0 && process_in(file.fd()) == ::getpid()) ::unlink(path.c_str());
}

void LockFile::note_problem(std::string_view file, std::string_view reason) {
  if (std::exchange(told_, true)) return;
  problem_ = fmt::format(
      "no lock file {}: {}. Programs that look only for such a file do not see that the port is in use", file,
      reason);
}

std::optional<std::string> LockFile::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace serialtcp::io
