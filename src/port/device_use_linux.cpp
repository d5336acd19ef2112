// Device numbers, and /proc/self/fd: proc(5).
#include "port/device_use.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace serialtcp::io {

namespace {

/// Major numbers of pty slaves (Documentation/admin-guide/devices.txt of Linux).
constexpr unsigned kFirstPtyMajor = 136;
constexpr unsigned kLastPtyMajor = 143;

}  // namespace

bool is_pty(dev_t device) {
  return major(device) >= kFirstPtyMajor && major(device) <= kLastPtyMajor;
}

bool opened_here(dev_t device, int own) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return false;
  while (const dirent* const entry = ::readdir(folder.get())) {
    int fd = -1;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, fd).ec != std::errc{} || fd == own) continue;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == device) return true;
  }
  return false;
}

}  // namespace serialtcp::io
