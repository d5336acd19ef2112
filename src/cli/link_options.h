// What one cable is to do: as text, however it was written, and judged into values. The command line and the
// configuration file have this in common. Opens nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/forward_spec.h"
#include "cli/key_file.h"
#include "cli/service_spec.h"
#include "driver/driver.h"
#include "driver/line_pump.h"
#include "port/serial_settings.h"
#include "serialtcp/config.h"
#include "serialtcp/time.h"
#include "service/allow_list.h"

namespace serialtcp::cli {

/// One cable, and what is to go through it.
struct LinkOptions {
  std::string name = {};                              ///< in the log, where there are several
  std::vector<ServerSpec> servers = {};               ///< to listen for
  std::vector<ClientSpec> clients = {};               ///< to connect to
  std::vector<ForwardSpec> local_forwards = {};       ///< listened for here, connected there
  std::vector<ForwardSpec> remote_forwards = {};      ///< listened for there, connected here
  std::vector<wire::Address> dynamic_forwards = {};   ///< listened at here, for SOCKS clients
  std::vector<io::AllowPattern> allowed = {};         ///< what the other end may have this one connect to
  std::vector<io::AllowPattern> allowed_listen = {};  ///< and listen at
  io::Family family = io::Family::any;                ///< of the addresses of names in these
  std::string port = {};                              ///< the serial port, as written
  io::SerialSettings serial = {};
  Duration connect_timeout = std::chrono::seconds(10);
  std::optional<Duration> sync_timeout = {};
  Duration hold = EndpointConfig{}.hold;
  Duration drain = io::Driver::Config{}.drain;
  bool no_queue = false;  ///< no client of any service waits for the link: all are refused
  io::LinePump::Missing missing = io::LinePump::Missing::wait;
  Protocol protocol = Protocol::automatic;
  AtPrompt at_prompt = AtPrompt::silent;
  Compression compression = Compression::on;
  Duplex duplex = Duplex::automatic;
  std::optional<std::string> key_file = {};  ///< with it, the link is sealed
  io::UnsafeKeyFile unsafe_key_file = io::UnsafeKeyFile::warn;

  bool operator==(const LinkOptions&) const = default;
};

/// What the end does with connections that say for themselves where they go.
Roles forward_roles(const LinkOptions& options);

/// What it is in the original's protocol, which has only the default service: the kind of that, or of all
/// else that it does. With both kinds it is a server.
Role original_role(const LinkOptions& options);

/// What was given for options, as text, by the name of the option and in the order in which it was given. A flag that is
/// set has one value, which has no meaning.
using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Option;

/// What is wrong with one of them.
struct Mistake {
  /// Whether `text` completes "argument OPTION: ...", or is a sentence of its own.
  enum class Form : std::uint8_t { of_value, sentence };

  const Option* option = nullptr;  ///< none when something is missing
  std::size_t index = 0;           ///< which one, of an option that may be repeated
  std::string text;
  Form form = Form::of_value;

  /// A sentence.
  std::string message() const;
};

/// Every mistake that there is, in the order in which they are found; at least one.
using Mistakes = std::vector<Mistake>;

std::expected<LinkOptions, Mistakes> judge_link(const Given& given);

}  // namespace serialtcp::cli
