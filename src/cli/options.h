// The command line, parsed into values. Prints nothing, opens nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cli/control_choice.h"
#include "cli/link_options.h"
#include "cli/log_style.h"
#include "net/target.h"

namespace serialtcp::cli {

class LinkSet;
class OwnStream;

/// What to run: one link, or those of a file.
struct RunOptions {
  LinkOptions link = {};                                                 ///< unless there is a file
  std::optional<std::string> config_file = {};                           ///< of links
  enum class Config : std::uint8_t { run, check } config = Config::run;  ///< what to do with the file
  LogStyle log_style = {};
  std::optional<std::string> log_file = {};
  ControlChoice control = {};
  std::optional<io::Target> http = {};  ///< where the HTTP server listens; none: there is no such server
  std::optional<std::string> test_port_file = {};
  /// Of a command with a line of its own: a socket that becomes the stream of the link, and the process that has its other
  /// side.
  struct Joint {
    int socket = -1;
    int process = 0;
    std::string command = {};  ///< for messages: "connect"
    int failed = 1;            ///< exit status of a failure
    /// What the exit status says: how the stream has ended, or what the process ended with.
    enum class Status : std::uint8_t { of_stream, of_process } status = Status::of_stream;
    /// Where the exit status of the process is put when it has ended.
    std::shared_ptr<std::optional<int>> ended_with = std::make_shared<std::optional<int>>();
    /// Makes what requests the stream and ends the links after it.
    std::unique_ptr<OwnStream> (*make)(io::asio::io_context& context, LinkSet& links,
                                       const Joint& joint) = nullptr;
  };
  std::optional<Joint> joint = {};
  /// What becomes of the program if a link cannot start at the start. One link of the command line is strict anyway.
  enum class Start : std::uint8_t { degraded, strict } start = Start::degraded;
  /// When the service manager is notified that the program is ready.
  enum class Ready : std::uint8_t { listening, link } ready = Ready::listening;
};

/// What to print on standard output instead; then the program ends with status 0.
struct Answer {
  std::string text;
};

/// One line that says what is wrong and what is expected, without the program's name.
struct UsageError {
  std::string text;
  /// Set if there is no service at all: the words that stand alone.
  std::optional<std::vector<std::string>> alone = {};
};

using Parsed = std::expected<RunOptions, std::variant<Answer, UsageError>>;

/// `arguments` are those after the program's name. `more` are options that a command adds.
Parsed parse_options(std::span<const char* const> arguments, const Given& more = {});

/// The text of --help.
std::string help_text();

}  // namespace serialtcp::cli
