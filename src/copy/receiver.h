// Receiver: the end of a copy where files arrive. Whatever the other end says, it writes nothing but entries of the folder, or
// the one entry, that this end has chosen: names are single entries, and no symbolic link is followed on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "copy/partial_file.h"
#include "copy/record.h"

namespace serialtcp::io::copy {

class Receiver {
 public:
  /// Folders within each other.
  static constexpr std::size_t kMostDepth = 128;

  struct Calls {
    /// An entry is there, or why it is not (then `problem` is not empty).
    std::function<void(const std::string& path, const std::string& problem)> dealt_with;
    /// So much of a file is there; `size` may be kUnknownSize.
    std::function<void(const std::string& path, std::uint64_t there, std::uint64_t size)> progress;
    /// What arrives goes here, and not to a file; empty: to files. False if it cannot be written.
    std::function<bool(ByteView bytes)> pipe = {};
  };
  struct Target {
    std::string folder = ".";
    std::string name =
        {};  ///< of the only entry, whatever the other end calls it; empty: as that says, of many
  };

  Receiver(Peer& peer, Calls calls) : peer_(peer), calls_(std::move(calls)) {}
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// Receives all that the other end sends. False if anything has failed. Throws Peer::Broken.
  bool run(const Target& target);

 private:
  struct Folder {
    int fd = -1;  ///< -1: cannot be used; what is in it is passed over
    std::string path = {};
    std::string problem = {};
    std::optional<Attributes> attributes = {};  ///< to be set when it is left
  };
  /// Of an entry, as the other end describes it.
  struct Entry {
    Attributes attributes = {};
    std::uint64_t size = 0;
    std::string name = {};
    std::string path = {};     ///< for people
    std::string problem = {};  ///< why it cannot be received
  };

  void take(const Record& record);
  void enter(const Record& record);
  void leave();
  void take_file(const Record& record);
  void take_link(const Record& record);
  void make_link(Entry& entry, const std::string& to);
  void take_data(Entry& entry, PartialFile* file);
  bool take_piece(Entry& entry, PartialFile* file, ByteView bytes);
  bool negotiate(Entry& entry, PartialFile& file);
  void choose(Entry& entry);
  void report(const Entry& entry);

  Peer& peer_;
  Calls calls_;
  Target target_ = {};
  std::vector<Folder> folders_ = {};
  bool named_ = false;  ///< the only entry has come
  bool good_ = true;
  Digest pipe_digest_ = {};
  std::uint64_t there_ = 0;
};

}  // namespace serialtcp::io::copy
