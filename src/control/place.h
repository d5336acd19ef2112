// Where control sockets are: one for each process, PID.sock in a folder that only its user can use. On Windows, the named pipe
// \\.\pipe\serialtcp-PID; the folder is that of all pipes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::control {

/// Files of a folder that are looked at.
inline constexpr std::size_t kMaxFiles = 1024;

/// What the folders depend on: the environment and the user.
struct Surroundings {
  std::string runtime_directory = {};       ///< RUNTIME_DIRECTORY, which systemd sets for a service
  std::string user_runtime_directory = {};  ///< XDG_RUNTIME_DIR
  bool root = false;
};
Surroundings surroundings();

/// The folder for a socket of this process; or why there is none, which completes "no control socket: ...".
std::expected<std::string, std::string> own_folder(const Surroundings& around);

/// Makes the folder if it is not there, for this user only, and removes sockets of dead processes from it. Returns the
/// path for the socket of this process; or why there can be none.
std::expected<std::string, std::string> prepare(const std::string& folder);

/// What a client finds.
struct Found {
  std::vector<std::string> sockets = {};   ///< those of live and dead processes
  std::vector<std::string> searched = {};  ///< folders
  std::vector<std::string> refused = {};   ///< folders of others, without permission for this user
};
Found find_sockets(const Surroundings& around);

/// The number of the process whose socket has this path, if it is the usual one.
std::optional<std::uint64_t> process_at(std::string_view path);

/// The path that a user means by the value of --control. The error completes "argument X: ...".
std::expected<std::string, std::string> parse_place(const std::string& text);

/// Why no socket can be made there, as far as that can be seen. Changes nothing; completes "no control socket at X: ...".
std::optional<std::string> problem_at(const std::string& path);

}  // namespace serialtcp::control
