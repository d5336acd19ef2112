// PortUsers: who else uses a serial port. Keeps them away with a lock file, and names those who are there already. It
// may be asked as often as the port is tried.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "port/line.h"
#include "port/lock_file.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class PortUsers {
 public:
  /// All processes are looked at no more often than this.
  static constexpr Duration kLookAgain = std::chrono::seconds(30);

  /// `look` outlives it.
  explicit PortUsers(std::string path, HolderLook& look = HolderLook::shared())
      : path_(std::move(path)), look_(look) {}

  /// Makes the lock file; or says who has made one.
  std::expected<void, OpenError> claim();
  void release() { lock_.release(); }

  /// Why the port is busy: it has been opened or locked by another program.
  OpenError busy();

  /// What the user should know once the port is open: sentences.
  std::vector<std::string> warnings();

 private:
  static bool may_look(Time& last);

  std::string path_;
  HolderLook& look_;
  LockFile lock_;
  Time looked_when_busy_ = Time::min();
  Time looked_when_open_ = Time::min();
  std::string busy_;  ///< what was found
};

}  // namespace serialtcp::io
