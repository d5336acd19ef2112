// Sender: the end of a copy where files are. Reads files, folders and symbolic links, and sends them one after the other.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "copy/record.h"
#include "os/digest.h"

namespace serialtcp::io::copy {

class Sender {
 public:
  struct Calls {
    /// It was not sent, or the other end could not take it; a sentence.
    std::function<void(const std::string& problem)> failed;
    /// So much of a file is at the other end; `size` may be kUnknownSize.
    std::function<void(const std::string& path, std::uint64_t there, std::uint64_t size)> progress;
  };
  enum class Folders : bool { refused, sent };

  Sender(Peer& peer, Calls calls, Folders folders)
      : peer_(peer), calls_(std::move(calls)), folders_(folders) {}

  /// "-" is standard input, which the other end calls `name`. Symbolic links are followed here, but not within folders. Throws
  /// Peer::Broken.
  void send(const std::string& path, const std::string& name);
  /// Waits until the other end has dealt with all of it. True if nothing has failed.
  bool finish();

 private:
  void send_entry(int folder, const std::string& entry, const std::string& name, const std::string& path,
                  bool follow);
  void send_folder(int fd, const std::string& name, const std::string& path, std::uint32_t mode,
                   std::int64_t time);
  void send_link(int folder, const std::string& entry, const std::string& name, const std::string& path);
  void send_file(int fd, const std::string& name, const std::string& path, std::uint64_t size,
                 std::uint32_t mode, std::int64_t time);
  bool continue_file(int fd, Digest& digest);
  void send_data(int fd, Digest& digest);
  void fail(const std::string& path, const std::string& why);
  bool take(const Record& record);
  bool refused_meanwhile();

  Peer& peer_;
  Calls calls_;
  Folders folders_;
  std::deque<std::string> asked_ = {};  ///< of which the other end has not told the result
  std::uint64_t size_ = 0;              ///< of the file that is being sent
  bool good_ = true;
};

}  // namespace serialtcp::io::copy
