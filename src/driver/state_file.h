// The folder and the file of what is to outlive this process.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace serialtcp::io {

/// What the folder depends on: the environment and the user.
struct StateSurroundings {
  std::string state_directory = {};  ///< STATE_DIRECTORY, which systemd sets for a service
  std::string state_home = {};       ///< XDG_STATE_HOME; of Windows, LOCALAPPDATA
  std::string home = {};             ///< HOME
  bool root = false;
};
StateSurroundings state_surroundings();

/// The folder of what is to outlive this process; or why there is none, which completes "it is not remembered: ...".
std::expected<std::string, std::string> state_folder(const StateSurroundings& around);

/// Makes it with the folders above it, for this user only. 0, or an errno.
int make_state_folder(const std::string& path);
/// Whether another user can put there what leads elsewhere.
bool belongs_to_another_user(const std::string& folder);

/// A file that is being written, and then takes the place of another one.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Each returns 0, or an errno.

  /// EEXIST: somebody else is writing it, and has not been for long.
  int open();
  int fill(std::string_view text);
  int move_to(const std::string& path);

 private:
  void close();

  std::string path_;
  int file_ = -1;
  bool moved_ = false;
};

}  // namespace serialtcp::io
