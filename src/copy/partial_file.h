// PartialFile: a file that arrives. It has a name of its own until all of it is there and is what was sent; then it gets its
// final name, at once and as a whole. What was interrupted stays, and is continued if it is the beginning of the same file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>

#include "os/digest.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io::copy {

struct Attributes {
  mode_t mode = 0644;
  std::int64_t time = 0;  ///< of its last change, in seconds since 1970
};

class PartialFile {
 public:
  /// `folder` stays the caller's. `name` is that of an entry, or a path with which openat(2) can work.
  PartialFile(int folder, std::string name);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Errors are sentences.
  using Result = std::expected<void, std::string>;

  /// Opens it, or makes it. Fails if something is there that is no file, or if another process copies to it.
  Result open();
  /// What is there already. begin() with less drops it.
  std::uint64_t there() const { return there_; }
  const Digest& digest() const { return digest_; }
  /// What follows is from `offset` on: 0 or there().
  Result begin(std::uint64_t offset);
  Result write(ByteView bytes);
  /// All has been written: it gets its name if this is its digest.
  Result finish(const Digest::Value& digest, const Attributes& attributes);
  /// It is not wanted.
  void remove();

 private:
  Result fail(const char* what, int error);
  Result read_there();
  bool is_own(int fd) const;

  int folder_;
  std::string name_;
  std::string partial_;
  int fd_ = -1;
  std::uint64_t there_ = 0;
  Digest digest_ = {};
};

}  // namespace serialtcp::io::copy
