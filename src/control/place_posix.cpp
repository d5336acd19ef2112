// Folders and their modes.
#include "control/place.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/socket_file.h"
#include "net/unix_socket.h"
#include "os/environment.h"
#include "os/error_text.h"
#include "os/files.h"
#include "os/whole_number.h"

namespace serialtcp::control {

namespace {

constexpr std::string_view kName = "/serialtcp";
constexpr std::string_view kSystemFolder = "/run/serialtcp";
constexpr std::string_view kEnding = ".sock";
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr mode_t kPermissions = 07777;

std::string variable(const char* name) {
  return io::environment_variable(name).value_or("");
}

/// For a user that it has made up (DynamicUser=), systemd makes the directory a link to one in /run/private. The
/// environment is trusted, so this link is, and no other.
std::string resolved(const std::string& path) {
  std::string target = io::real_path(path);
  return target.empty() ? path : target;
}

bool is_socket_name(std::string_view name) {
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

/// The sockets in a folder by their paths, in the order of process numbers; or the error of opening it.
std::expected<std::vector<std::string>, int> sockets_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), &::closedir);
  if (!directory) return std::unexpected(errno);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kMaxFiles; ++i) {
    const dirent* const entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (is_socket_name(name)) names.emplace_back(name);
  }
  std::ranges::sort(names, {}, [](const std::string& name) { return std::pair(name.size(), name); });
  for (std::string& name : names) name = fmt::format("{}/{}", folder, name);
  return names;
}

/// Why sockets in this folder would not be safe; empty if they are.
std::string unsafe(const std::string& folder) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return io::plain_text(errno);
  if (!S_ISDIR(status.st_mode)) return "it is not a directory";
  const uid_t user = ::geteuid();
  if (user != 0 && status.st_uid != user) return "it belongs to another user";
  if ((status.st_mode & kOthersWrite) != 0) return "other users can write to it: change its mode to 0700";
  // As systemd makes it, others could see which processes there are.
  if (status.st_uid == user && (status.st_mode & kPermissions) != kFolderMode &&
      ::chmod(folder.c_str(), kFolderMode) != 0)
    return io::plain_text(errno);
  return "";
}

}  // namespace

Surroundings surroundings() {
  const std::string directories = variable("RUNTIME_DIRECTORY");  // several are separated by colons
  return {.runtime_directory = resolved(directories.substr(0, directories.find(':'))),
          .user_runtime_directory = variable("XDG_RUNTIME_DIR"),
          .root = ::geteuid() == 0};
}

std::expected<std::string, std::string> own_folder(const Surroundings& around) {
  if (!around.runtime_directory.empty()) return around.runtime_directory;
  if (around.root) return std::string(kSystemFolder);
  if (!around.user_runtime_directory.empty())
    return fmt::format("{}{}", around.user_runtime_directory, kName);
  return std::unexpected("XDG_RUNTIME_DIR is not set: set it, or choose a path with --control");
}

std::expected<std::string, std::string> prepare(const std::string& folder) {
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return std::unexpected(fmt::format("could not make {}: {}", folder, io::plain_text(errno)));
  if (const std::string why = unsafe(folder); !why.empty())
    return std::unexpected(fmt::format("{} cannot be used: {}", folder, why));
  if (const auto stale = sockets_in(folder)) {
    for (const std::string& path : *stale) io::remove_stale_socket(path);
  }
  std::string path = fmt::format("{}/{}{}", folder, ::getpid(), kEnding);
  if (path.size() > io::kMaxUnixPath)
    return std::unexpected(fmt::format("{} is too long for a socket's path", path));
  return path;
}

Found find_sockets(const Surroundings& around) {
  std::vector<std::string> folders;
  if (const auto own = own_folder(around)) folders.push_back(*own);
  const std::string of_user =
      around.user_runtime_directory.empty() ? "" : fmt::format("{}{}", around.user_runtime_directory, kName);
  for (const std::string& other : {of_user, std::string(kSystemFolder)}) {
    if (!around.runtime_directory.empty()) break;  // it is the only one that counts
    if (!other.empty() && std::ranges::find(folders, other) == folders.end()) folders.push_back(other);
  }
  Found found;
  for (const std::string& folder : folders) {
    const auto sockets = sockets_in(folder);
    if (sockets) {
      found.sockets.insert(found.sockets.end(), sockets->begin(), sockets->end());
    } else if (sockets.error() == EACCES) {
      found.refused.push_back(folder);
    }
    found.searched.push_back(folder);
  }
  return found;
}

std::optional<std::uint64_t> process_at(std::string_view path) {
  std::string_view name = io::file_name(path);
  if (!is_socket_name(name)) return std::nullopt;
  name.remove_suffix(kEnding.size());
  return io::whole_number<std::uint64_t>(name);
}

std::expected<std::string, std::string> parse_place(const std::string& text) {
  if (text.empty())
    return std::unexpected("the path of a socket is expected, as in /run/serialtcp/rack.sock");
  if (io::is_abstract(text))
    return std::unexpected("a path is expected: any user could connect to a socket that is not a file");
  return io::parse_unix_path(text);
}

std::optional<std::string> problem_at(const std::string& path) {
  return io::SocketFile::problem_at(path);
}

}  // namespace serialtcp::control
