// Why the user of this process cannot open a device file, and what to do about it, from its owner, group and
// mode.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace serialtcp::io {

/// Owner, group and mode of a file.
struct FileAccess {
  std::string path;
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;
  std::string owner_name;  ///< empty: the system has no name for it
  std::string group_name;
};

/// The user who wants to open it.
struct Caller {
  uid_t user = 0;
  std::vector<gid_t> groups = {};  ///< of this process
  std::string name = {};
  std::vector<std::string> listed_in = {};  ///< names of groups that list the user; a new login has them
};

/// Advice after EACCES or EPERM; completes "Could not open serial port X: ...".
std::string access_advice(const FileAccess& file, const Caller& caller);

/// The same for a path and this process. Reads /etc/passwd and /etc/group directly, since the C library may
/// ask a server.
std::string access_advice(const std::string& path);

}  // namespace serialtcp::io
