// Which other programs have a device open, from what the system tells of all processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/time.h"

namespace serialtcp::io {

struct Holder {
  std::int64_t process = 0;
  std::string command;  ///< its name, printable

  bool operator==(const Holder&) const = default;
};

/// A look at all processes. Many ports can be asked about after one.
class HolderLook {
 public:
  /// It takes at most about this time, and what was not looked at is not found.
  static constexpr Duration kLongest = std::chrono::milliseconds(50);
  /// It is used for this time, before all processes are looked at again.
  static constexpr Duration kFresh = std::chrono::milliseconds(200);
  /// Devices that programs have open. Of more, the first are looked at.
  static constexpr std::size_t kMostOpen = 10'000;
  /// More are not named.
  static constexpr std::size_t kMostHolders = 4;

  explicit HolderLook(Duration longest = kLongest) : longest_(longest) {}
  /// The one of this process, so that many links that start at once need only one.
  static HolderLook& shared();

  /// The programs, except this process, that have the device at `path` open, as far as this user may see that. Of a
  /// pseudo-terminal, the program that has made it does not count.
  std::vector<Holder> holders_of(const std::string& path);

 private:
  struct Open {
    std::int64_t process = 0;
    bool master = false;  ///< this process makes pseudo-terminals
    std::string device;   ///< as the system calls it
  };

  void look();
  void look_at(std::int64_t process, Time until);

  const Duration longest_;
  Time looked_ = Time::min();
  std::vector<Open> open_;
};

/// Who has locked the device with flock(2); empty if that cannot be found, and on systems that have no such locks.
std::optional<Holder> flock_holder_of(const std::string& path);

/// "minicom", printable; empty if there is no such process.
std::string command_of(std::int64_t process);

/// "4711 (minicom)", or "4711" without a name.
std::string text_of(const Holder& holder);

}  // namespace serialtcp::io
