// The command line, parsed once into values. Prints nothing, opens nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cli/service_spec.h"
#include "io/key_file.h"
#include "io/line_pump.h"
#include "io/serial_settings.h"
#include "serialtcp/config.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

enum class Verbosity : std::uint8_t { normal, debug };

/// One cable, and what is to go through it.
struct LinkOptions {
  std::vector<ServiceSpec> servers = {};  ///< to listen for; with `clients` at least one
  std::vector<ServiceSpec> clients = {};  ///< to connect to
  std::string port = {};                  ///< the serial port, as written
  io::SerialSettings serial = {};
  Duration connect_timeout = std::chrono::seconds(10);
  std::optional<Duration> sync_timeout = {};
  Duration hold = EndpointConfig{}.hold;
  io::LinePump::Missing missing = io::LinePump::Missing::wait;
  Protocol protocol = Protocol::automatic;
  Compression compression = Compression::on;
  std::optional<std::string> key_file = {};  ///< with it, the link is sealed
  io::OthersMayRead others_may_read = io::OthersMayRead::warn;
};

/// What to run.
struct RunOptions {
  LinkOptions link = {};
  Verbosity verbosity = Verbosity::normal;
  std::optional<std::string> log_file = {};
  std::optional<std::string> test_port_file = {};
};

/// What to print on standard output instead, and then end with status 0.
struct Answer {
  std::string text;
};

/// One line that says what is wrong and what is expected, without the program's name.
struct UsageError {
  std::string text;
};

using Parsed = std::expected<RunOptions, std::variant<Answer, UsageError>>;

/// `arguments` are those after the program's name.
Parsed parse_options(std::span<const char* const> arguments);

/// The text of --help.
std::string help_text();

}  // namespace serialtcp::cli
