// LockFile: the lock file of a serial port that dial-out programs agree on ("UUCP lock file"; Filesystem Hierarchy
// Standard, /var/lock): LCK..ttyUSB0 with the number of the process that uses the port. Unlike flock(2), minicom, cu,
// pppd and others look at it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "port/port_holder.h"

namespace serialtcp::io {

class LockFile {
 public:
  /// A live program has locked the port.
  struct Taken {
    Holder holder;     ///< process 0: not known yet, since the file is being written
    std::string file;  ///< its path
  };

  /// Those of this system.
  static std::vector<std::string> folders();

  explicit LockFile(std::vector<std::string> folders = LockFile::folders()) : folders_(std::move(folders)) {}
  ~LockFile() { release(); }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// Locks the device at `path`, and removes a file whose program has ended. That no file can be made is no failure:
  /// then nobody sees that the port is in use. No effect on a file of this process.
  std::expected<void, Taken> take(const std::string& path);

  /// Removes the file.
  void release();

  /// What has kept take() from making a file, a sentence, once.
  std::optional<std::string> take_problem();

 private:
  enum class Made : std::uint8_t { yes, exists, no };

  std::optional<Taken> look_at(const std::string& file, const std::string& device);
  void remove_stale(int fd, const std::string& file);
  Made make(const std::string& folder, const std::string& file);
  void note_problem(std::string_view file, std::string_view reason);

  std::vector<std::string> folders_;
  std::string path_;  ///< of the file, as long as it is ours
  std::optional<std::string> problem_;
  bool told_ = false;
};

}  // namespace serialtcp::io
