// Starts a program in a job object, with three pipes as its standard input, output and error.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "os/windows.h"

namespace serialtcp::io {

/// A handle that is closed unless it is released.
class OwnedHandle {
 public:
  OwnedHandle() = default;
  explicit OwnedHandle(HANDLE handle) : handle_(handle) {}
  ~OwnedHandle() { close(); }
  OwnedHandle(OwnedHandle&& other) noexcept : handle_(other.release()) {}
  OwnedHandle& operator=(OwnedHandle&& other) noexcept {
    close();
    handle_ = other.release();
    return *this;
  }

  explicit operator bool() const { return handle_ != nullptr && handle_ != INVALID_HANDLE_VALUE; }
  HANDLE get() const { return handle_; }
  HANDLE release() { return std::exchange(handle_, nullptr); }
  void close() {
    if (*this) ::CloseHandle(handle_);
    handle_ = nullptr;
  }

 private:
  HANDLE handle_ = nullptr;
};

struct StartedProgram {
  OwnedHandle process;
  /// It has all that the program has started, and ends it when its last handle is closed, as when this process ends.
  OwnedHandle job;
  // Our ends, for overlapped reading and writing.
  OwnedHandle input;
  OwnedHandle output;
  OwnedHandle error_output;
};

/// Runs `command` with cmd /c, and without a window. It has no other handles. `buffer`: of its output, in bytes. The error is an
/// error number of Windows.
std::expected<StartedProgram, DWORD> start_program(const std::string& command, int buffer);

/// What is still in the job stays when it is closed.
void let_stay(HANDLE job);

}  // namespace serialtcp::io
