// The file itself, and not getpwuid(): that would load libraries, which a static program has not.
#include "session/user.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "os/environment.h"
#include "os/file_text.h"
#include "os/whole_number.h"

extern char** environ;  // NOLINT: required by POSIX

namespace serialtcp::io::session {

namespace {

constexpr std::size_t kMostPasswd = 1024 * 1024;
constexpr std::size_t kMostVariable = 512;
constexpr std::string_view kSettable[] = {"TERM", "COLORTERM", "LANG", "NO_COLOR", "GIT_PROTOCOL"};
constexpr std::string_view kSettablePrefix = "LC_";
constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

enum Field : std::size_t { login, password, uid, gid, comment, home, shell, fields };

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

void set(std::vector<std::string>& all, std::string_view name, std::string_view value) {
  std::erase_if(all, [name](const std::string& one) { return name_of(one) == name; });
  all.push_back(std::string(name) + "=" + std::string(value));
}

}  // namespace

User user_of(std::string_view passwd, unsigned number, User otherwise) {
  while (!passwd.empty()) {
    std::string_view line = take_line(passwd);
    std::array<std::string_view, fields> parts;
    std::size_t count = 0;
    for (; count < fields; ++count) {
      const std::size_t colon = std::min(line.find(':'), line.size());
      parts[count] = line.substr(0, colon);
      if (colon == line.size()) break;
      line.remove_prefix(colon + 1);
    }
    if (count != shell || whole_number<unsigned>(parts[uid]) != number) continue;
    User user{.name = std::string(parts[login])};
    if (!parts[home].empty()) user.home = parts[home];
    if (!parts[shell].empty()) user.shell = parts[shell];
    return user;
  }
  return otherwise;
}

User own_user() {
  User otherwise{.name = environment_text("USER")};
  if (const std::string home = environment_text("HOME"); !home.empty()) otherwise.home = home;
  if (const std::string shell = environment_text("SHELL"); !shell.empty()) otherwise.shell = shell;
  return user_of(file_text("/etc/passwd", kMostPasswd), ::geteuid(), std::move(otherwise));
}

bool may_set(std::string_view variable) {
  const std::string_view name = name_of(variable);
  if (variable.size() > kMostVariable || name.size() == variable.size()) return false;
  return name.starts_with(kSettablePrefix) || std::ranges::find(kSettable, name) != std::end(kSettable);
}

std::vector<std::string> environment_of(const User& user, std::span<const std::string> wanted) {
  std::vector<std::string> all;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    all.emplace_back(*variable);
  if (environment_text("PATH").empty()) set(all, "PATH", kPath);
  set(all, "HOME", user.home);
  set(all, "SHELL", user.shell);
  if (!user.name.empty()) {
    set(all, "USER", user.name);
    set(all, "LOGNAME", user.name);
  }
  for (const std::string& variable : wanted) {
    if (may_set(variable))
      set(all, name_of(variable), std::string_view(variable).substr(name_of(variable).size() + 1));
  }
  return all;
}

}  // namespace serialtcp::io::session
