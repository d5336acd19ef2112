// Channel: the connection of a command to a running program: a unix socket, on Windows a named pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "control/failure.h"
#include "os/native_handle.h"

namespace serialtcp::control {

class Channel {
 public:
  Channel() = default;
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// How many bytes were taken; or an errno, EAGAIN when none are at the moment.
  virtual std::expected<std::size_t, int> send(std::string_view bytes) = 0;
  /// How many bytes came, 0 at the end; or an errno, EAGAIN when none are there.
  virtual std::expected<std::size_t, int> receive(std::span<char> into) = 0;
  /// Waits until they may do something. False after that time.
  virtual bool wait_readable(std::chrono::milliseconds most) = 0;
  virtual bool wait_writable(std::chrono::milliseconds most) = 0;

  /// For a loop that waits for several, where there is one.
  virtual io::NativeHandle handle() const = 0;
  /// The connection belongs to the caller from now on, as does what has been received and not been taken. Nothing else can be done
  /// with this object then.
  virtual io::NativeHandle release(std::string& received) = 0;
};

std::expected<std::unique_ptr<Channel>, Failure> open_channel(const std::string& path);

}  // namespace serialtcp::control
