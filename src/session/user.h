// The user that this process runs as, and what a program of theirs finds when it begins.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::io::session {

struct User {
  std::string name = {};  ///< empty: unknown
  std::string home = "/";
  std::string shell = "/bin/sh";
};

/// That of a line of passwd(5) with this number; `otherwise` if there is none.
User user_of(std::string_view passwd, unsigned number, User otherwise);

/// The one that this process runs as: of /etc/passwd, or else as the environment says.
User own_user();

/// Whether the other end may set this variable: "TERM=xterm".
bool may_set(std::string_view variable);

/// "NAME=VALUE": those of this process, what is known of the user, and of `wanted` those that may be set.
std::vector<std::string> environment_of(const User& user, std::span<const std::string> wanted);

}  // namespace serialtcp::io::session
