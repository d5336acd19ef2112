// stat(), the account files, and the rules of the kernel (path_resolution(7)).
#include "port/file_access_posix.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "os/file_text.h"

namespace serialtcp::io {

namespace {

/// Longer account files are read only up to here: a directory service would have the rest anyway.
constexpr std::size_t kMostOfAccounts = 1024 * 1024;

/// One line of /etc/passwd or /etc/group: NAME:x:NUMBER:LAST.
struct Account {
  std::string name;
  std::uint32_t number = 0;
  std::string rest;
};

std::optional<Account> parse_account(std::string_view line) {
  const std::size_t first = line.find(':');
  const std::size_t second = line.find(':', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view tail = line.substr(second + 1);
  const std::size_t third = std::min(tail.find(':'), tail.size());
  Account account{.name = std::string(line.substr(0, first)), .rest = {}};
  if (std::from_chars(tail.data(), tail.data() + third, account.number).ec != std::errc{})
    return std::nullopt;
  account.rest = tail.substr(std::min(third + 1, tail.size()));
  return account;
}

template <typename Visit>
void each_account(const char* file, Visit visit) {
  const std::string text = file_text(file, kMostOfAccounts);
  for (std::string_view rest = text; !rest.empty();) {
    if (const auto account = parse_account(take_line(rest))) visit(*account);
  }
}

bool lists(std::string_view members, std::string_view name) {
  while (!members.empty()) {
    const std::size_t end = std::min(members.find(','), members.size());
    if (members.substr(0, end) == name) return true;
    members.remove_prefix(std::min(end + 1, members.size()));
  }
  return false;
}

std::string name_or_number(const std::string& name, std::uint32_t number) {
  return name.empty() ? fmt::format("{}", number) : name;
}

bool contains(const auto& list, const auto& value) {
  return std::ranges::find(list, value) != list.end();
}

constexpr std::string_view kUdev = "a udev rule with GROUP=\"dialout\", MODE=\"0660\" changes that for good";
constexpr std::string_view kOtherRules =
    "permission denied, although owner, group and mode allow it: look for a container's device rules or a "
    "security module (AppArmor, SELinux)";

std::string group_advice(const FileAccess& file, const Caller& caller) {
  const std::string user = caller.name.empty() ? "NAME" : caller.name;
  if (file.group_name.empty()) {
    return fmt::format(
        "permission denied: it belongs to the group {}, which has no name here: add that group to this "
        "process (docker run --group-add {})",
        file.group, file.group);
  }
  if (contains(caller.listed_in, file.group_name)) {
    return fmt::format(
        "permission denied: {} is in the group {} now, but this session began before: log in again", user,
        file.group_name);
  }
  return fmt::format(
      "permission denied: add yourself to the group {} (sudo usermod -aG {} {}) and log in again",
      file.group_name, file.group_name, user);
}

}  // namespace

std::string access_advice(const FileAccess& file, const Caller& caller) {
  if (caller.user == 0) {
    return fmt::format(
        "permission denied, although this runs as root: if it is a container, allow the device there (docker "
        "run --device {}; DeviceAllow= of a systemd unit)",
        file.path);
  }
  const mode_t mode = file.mode & 0777;
  // The kernel uses only the first class that applies.
  if (file.owner == caller.user) {
    if ((mode & 0600) == 0600) return std::string(kOtherRules);
    return fmt::format("permission denied: its mode {:04o} keeps its owner out: chmod u+rw {}", mode,
                       file.path);
  }
  if (contains(caller.groups, file.group)) {
    if ((mode & 0060) == 0060) return std::string(kOtherRules);
    return fmt::format(
        "permission denied: its mode {:04o} gives the group {} no access to read and write: sudo chmod g+rw {}",
        mode, name_or_number(file.group_name, file.group), file.path);
  }
  if ((mode & 0006) == 0006) return std::string(kOtherRules);
  if ((mode & 0060) == 0060 && file.group != 0) return group_advice(file, caller);
  return fmt::format("permission denied: only {} may use it (owner {}, group {}, mode {:04o}): {}",
                     (mode & 0060) == 0060 ? "root" : name_or_number(file.owner_name, file.owner),
                     name_or_number(file.owner_name, file.owner), name_or_number(file.group_name, file.group),
                     mode, kUdev);
}

std::string access_advice(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return "permission denied: a folder of its path may not be entered: check the folders' permissions";
  FileAccess file{path, info.st_uid, info.st_gid, info.st_mode, {}, {}};
  Caller caller{.user = ::geteuid()};
  caller.groups.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  caller.groups.resize(static_cast<std::size_t>(
      std::max(::getgroups(static_cast<int>(caller.groups.size()), caller.groups.data()), 0)));
  caller.groups.push_back(::getegid());
  each_account("/etc/passwd", [&](const Account& account) {
    if (account.number == file.owner && file.owner_name.empty()) file.owner_name = account.name;
    if (account.number == caller.user && caller.name.empty()) caller.name = account.name;
  });
  each_account("/etc/group", [&](const Account& account) {
    if (account.number == file.group && file.group_name.empty()) file.group_name = account.name;
    if (!caller.name.empty() && lists(account.rest, caller.name)) caller.listed_in.push_back(account.name);
  });
  return access_advice(file, caller);
}

}  // namespace serialtcp::io
