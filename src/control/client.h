// Client: asks a running program by its control socket. ask() waits, so it is for commands; what does other things
// meanwhile uses post() and take_answer(), which never wait.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "control/channel.h"
#include "control/failure.h"
#include "os/native_handle.h"

namespace serialtcp::control {

class Client {
 public:
  /// A process that does not answer for this time is given up.
  static constexpr std::chrono::seconds kPatience{5};
  /// More is not an answer.
  static constexpr std::size_t kMaxAnswer = 16UL * 1024 * 1024;

  static std::expected<Client, Failure> connect(const std::string& path);
  /// The members of an answer.
  std::expected<boost::json::object, Failure> ask(const boost::json::object& request);

  /// Sends a request, at once or not at all.
  std::expected<void, Failure> post(const boost::json::object& request);
  /// The members of an answer, if it is complete; to be called after post(), and whenever the socket is readable.
  std::expected<std::optional<boost::json::object>, Failure> take_answer();
  /// Waits until the socket is readable, for kPatience.
  std::expected<void, Failure> wait_readable();
  io::NativeHandle descriptor() const { return channel_->handle(); }
  const std::string& path() const { return path_; }
  /// Its connection, which is the caller's from now on, and what came after the last answer: of a request that makes it a
  /// stream.
  std::pair<io::NativeHandle, std::string> release();

 private:
  Client(std::unique_ptr<Channel> channel, std::string path)
      : channel_(std::move(channel)), path_(std::move(path)) {}

  enum class Patience : std::uint8_t { none, some };
  std::expected<void, Failure> send(const std::string& line, Patience patience);
  std::expected<std::optional<std::string>, Failure> take_line();
  Failure no_answer(const std::string& why) const;

  std::unique_ptr<Channel> channel_;
  std::string path_;
  std::string input_;         ///< what came after the last answer
  std::size_t searched_ = 0;  ///< of this, without an end of line
};

}  // namespace serialtcp::control
