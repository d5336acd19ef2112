// Which other programs have a device open. Looks at what the system tells of all processes, so it takes some
// milliseconds: not to be called often (port/port_users.h does not).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/time.h"

namespace serialtcp::io {

struct Holder {
  pid_t process = 0;
  std::string command;  ///< its name, printable

  bool operator==(const Holder&) const = default;
};

/// A look takes at most about this time, and what was not looked at is not found.
inline constexpr Duration kHolderLook = std::chrono::milliseconds(50);
/// More are not needed.
inline constexpr std::size_t kMostHolders = 4;

/// The programs, except this process, that have the device at `path` open, as far as this user may see that. Of a
/// pseudo-terminal, the program that has made it does not count.
std::vector<Holder> holders_of(const std::string& path);

/// Who has locked the device with flock(2); empty if that cannot be found.
std::optional<Holder> flock_holder_of(const std::string& path);

/// Whether it runs: one that has ended and that its parent has not asked after does not.
bool is_running(pid_t process);

/// "minicom", printable; empty if there is no such process.
std::string command_of(pid_t process);

/// "4711 (minicom)", or "4711" without a name.
std::string text_of(const Holder& holder);

}  // namespace serialtcp::io
