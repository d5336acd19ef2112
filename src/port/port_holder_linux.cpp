// /proc/PID/fd, /proc/PID/comm and /proc/locks: proc(5). Only names are read: a look at the files themselves could take as long as
// the file system of some other program takes.
#include "port/port_holder_posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <memory>
#include <string_view>

#include "os/clock.h"
#include "os/file_text.h"
#include "os/files.h"
#include "os/text.h"
#include "os/whole_number.h"
#include "port/device_use.h"

namespace serialtcp::io {

namespace {

using Folder = std::unique_ptr<DIR, int (*)(DIR*)>;

/// Devices that are no ports, and that nearly every program has open.
bool is_of_interest(std::string_view name) {
  constexpr std::array<std::string_view, 6> kCommon = {"/dev/null",   "/dev/zero",    "/dev/full",
                                                       "/dev/random", "/dev/urandom", "/dev/tty"};
  return name.starts_with("/dev/") && !name.starts_with("/dev/shm/") &&
         std::ranges::find(kCommon, name) == kCommon.end();
}

/// Bytes of the list of locks that are looked at: some 20,000 of them.
constexpr std::size_t kMostOfLocks = 1024 * 1024;
/// Bytes: its name has 15 of them.
constexpr std::size_t kMostOfStat = 1024;

}  // namespace

std::optional<Holder> flock_holder_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  const std::string file =
      fmt::format("{:02x}:{:02x}:{}", major(info.st_dev), minor(info.st_dev), info.st_ino);
  const std::string locks = file_text("/proc/locks", kMostOfLocks);
  for (std::string_view rest = locks; !rest.empty();) {
    // "3: FLOCK  ADVISORY  WRITE 4711 00:1b:5 0 EOF"
    std::string_view line = take_line(rest);
    take_word(line);
    const std::string_view kind = take_word(line);
    take_word(line);
    take_word(line);
    const auto process = whole_number<std::int64_t>(take_word(line));
    const std::string_view locked = take_word(line);
    if (!process || kind != "FLOCK" || locked != file || *process <= 0 || *process == ::getpid()) continue;
    return Holder{*process, command_of(*process)};
  }
  return std::nullopt;
}

HolderLook& HolderLook::shared() {
  static HolderLook look;
  return look;
}

void HolderLook::look() {
  open_.clear();
  const Time until = now() + longest_;
  const Folder folder(::opendir("/proc"), &::closedir);
  while (const dirent* const entry = folder ? ::readdir(folder.get()) : nullptr) {
    const auto process = whole_number<std::int64_t>(entry->d_name);
    if (process && *process != ::getpid()) look_at(*process, until);
    if (now() > until || open_.size() >= kMostOpen) break;
  }
  looked_ = now();
}

void HolderLook::look_at(std::int64_t process, Time until) {
  const Folder folder(::opendir(fmt::format("/proc/{}/fd", process).c_str()), &::closedir);
  if (!folder) return;  // it has ended, or is another user's
  const std::size_t first = open_.size();
  bool master = false;
  while (const dirent* const entry = ::readdir(folder.get())) {
    std::array<char, PATH_MAX> target;
    const ssize_t size = ::readlinkat(::dirfd(folder.get()), entry->d_name, target.data(), target.size());
    const std::string_view name(target.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    const bool makes_ptys = name == "/dev/ptmx" || name == "/dev/pts/ptmx";
    master = master || makes_ptys;
    if (!makes_ptys && is_of_interest(name)) open_.push_back({process, false, std::string(name)});
    if (now() > until || open_.size() >= kMostOpen) break;
  }
  for (std::size_t i = first; i < open_.size(); ++i) open_[i].master = master;
}

std::vector<Holder> HolderLook::holders_of(const std::string& path) {
  std::vector<Holder> holders;
  const std::string device = real_path(path);
  struct stat info {};
  if (device.empty() || ::stat(device.c_str(), &info) != 0) return holders;
  if (looked_ == Time::min() || now() - looked_ >= kFresh) look();
  const bool pty = is_pty(info.st_rdev);
  for (const Open& open : open_) {
    if (open.device != device || (pty && open.master)) continue;
    if (!holders.empty() && holders.back().process == open.process) continue;
    holders.push_back({open.process, command_of(open.process)});
    if (holders.size() == kMostHolders) break;
  }
  return holders;
}

bool is_running(std::int64_t process) {
  if (::kill(static_cast<pid_t>(process), 0) != 0 && errno != EPERM) return false;
  // "4711 (minicom) S 1 ...": the name may contain anything
  const std::string text = file_text(fmt::format("/proc/{}/stat", process), kMostOfStat);
  const std::size_t end = text.rfind(") ");
  return end == std::string::npos || (text[end + 2] != 'Z' && text[end + 2] != 'X');
}

std::string command_of(std::int64_t process) {
  constexpr std::size_t kMaxName = 64;
  const int fd = ::open(fmt::format("/proc/{}/comm", process).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::array<char, kMaxName> text;
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  std::string name(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (name.ends_with('\n')) name.pop_back();
  return printable(name);
}

}  // namespace serialtcp::io
