// GivenDescriptor: standard input or output, which others may have open, too. It is used without blocking, and left to
// them as it was.
#pragma once

#include <expected>

namespace serialtcp::io {

class GivenDescriptor {
 public:
  /// `fd` stays open and is its owner's.
  explicit GivenDescriptor(int fd) : fd_(fd) {}
  ~GivenDescriptor() { put_back(); }
  GivenDescriptor(const GivenDescriptor&) = delete;
  GivenDescriptor& operator=(const GivenDescriptor&) = delete;

  int fd() const { return fd_; }
  /// A descriptor of the same file that is the caller's, and an errno if there is none. A terminal is opened again by its
  /// name, since O_NONBLOCK would affect the shell, too; anything else is duplicated, and its flags are noted.
  std::expected<int, int> own();
  /// Its flags are what they were before own().
  void put_back();

 private:
  int fd_;
  int flags_ = -1;  ///< file status flags, to be put back; -1 if they were not changed
};

}  // namespace serialtcp::io
