// realpath(3), readlink(2), readdir(3).
#include "os/files.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace serialtcp::io {

FileKind file_kind(const std::string& path, std::error_code& error) {
  struct stat info {};
  error.clear();
  if (::lstat(path.c_str(), &info) == 0) return S_ISLNK(info.st_mode) ? FileKind::link : FileKind::other;
  if (errno == ENOENT || errno == ENOTDIR) return FileKind::none;
  error.assign(errno, std::generic_category());
  return FileKind::unknown;
}

PathKind path_kind(const std::string& path, std::error_code& error) {
  struct stat info {};
  error.clear();
  if (::stat(path.c_str(), &info) != 0) {
    error.assign(errno, std::generic_category());
    return PathKind::none;
  }
  if (S_ISDIR(info.st_mode)) return PathKind::folder;
  return S_ISREG(info.st_mode) ? PathKind::regular : PathKind::other;
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool is_character_device(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode);
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat a {};
  struct stat b {};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : "";
}

std::string resolved_path(const std::string& path) {
  std::string there = path.empty() ? "." : path;
  std::string missing;
  while (true) {
    const std::string real = real_path(there);
    if (!real.empty()) return missing.empty() ? real : normal_path(real + missing);
    if (there == "." || there == "/") return path;
    missing = "/" + std::string(file_name(there)) + missing;
    there = folder_of(there);
  }
}

int why_not_writable(const std::string& path) {
  std::error_code error;
  const PathKind kind = path_kind(path, error);
  if (kind == PathKind::folder) return EISDIR;
  if (kind != PathKind::none) return ::access(path.c_str(), W_OK) == 0 ? 0 : errno;
  if (error.value() != ENOENT) return error.value();
  return ::access(folder_of(path).c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size < 0 ? "" : std::string(target.data(), static_cast<std::size_t>(size));
}

void for_each_name(const std::string& folder, std::size_t most,
                   const std::function<void(const std::string& name)>& each) {
  const std::unique_ptr<DIR, int (*)(DIR*)> names(::opendir(folder.c_str()), &::closedir);
  if (!names) return;
  for (std::size_t count = 0; count < most;) {
    const dirent* const entry = ::readdir(names.get());
    if (entry == nullptr) return;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    ++count;
    each(name);
  }
}

}  // namespace serialtcp::io
