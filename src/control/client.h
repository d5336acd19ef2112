// Client: asks a running program by its control socket. Waits, so it is for commands and not for the loop.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

namespace serialtcp::control {

/// Why there is no answer, or none that says yes.
struct Failure {
  enum class Kind : std::uint8_t {
    nobody,         ///< no process listens there: it has ended
    no_permission,  ///< the process is another user's
    no_answer,      ///< it does not answer, or not so that it could be understood
    refused,        ///< it says no
  };
  Kind kind = Kind::no_answer;
  std::string text;  ///< a sentence
};

class Client {
 public:
  /// A process that does not answer for this time is given up.
  static constexpr std::chrono::seconds kPatience{5};
  /// More is not an answer.
  static constexpr std::size_t kMaxAnswer = 16UL * 1024 * 1024;

  static std::expected<Client, Failure> connect(const std::string& path);
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;

  /// The members of an answer.
  std::expected<boost::json::object, Failure> ask(const boost::json::object& request);

 private:
  Client(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  std::expected<void, Failure> send(const std::string& line);
  std::expected<std::string, Failure> receive();
  Failure no_answer(const std::string& why) const;

  int fd_;
  std::string path_;
  std::string input_;  ///< what came after the last answer
};

}  // namespace serialtcp::control
