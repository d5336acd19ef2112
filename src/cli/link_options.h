// The options of one cable: as text, from the command line or the configuration file, and checked and
// converted to values. Opens nothing.
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
#include "getty/wish.h"
#include "install/wish.h"
#include "port/serial_settings.h"
#include "serialtcp/config.h"
#include "serialtcp/time.h"
#include "service/allow_list.h"
#include "service/stream_requests.h"

namespace serialtcp::cli {

/// One cable, and the services that use it.
struct LinkOptions {
  std::string name = {};                              ///< in the log, where there are several
  std::vector<ServerSpec> servers = {};               ///< to listen for
  std::vector<ClientSpec> clients = {};               ///< to connect to
  std::vector<ForwardSpec> local_forwards = {};       ///< -L: listens here, connects there
  std::vector<ForwardSpec> remote_forwards = {};      ///< -R: listens there, connects here
  std::vector<wire::Address> dynamic_forwards = {};   ///< -D: listens here for proxy clients
  std::vector<io::AllowPattern> allowed = {};         ///< targets that the other end may request
  std::vector<io::AllowPattern> allowed_listen = {};  ///< listening addresses that it may request
  bool allow_shell = false;                           ///< the other end may run programs here
  std::optional<io::StreamRequests::Wanted> connects =
      {};                               ///< a stream for this program itself (serialtcp connect)
  io::Family family = io::Family::any;  ///< of the addresses of names in these
  std::string port = {};                ///< the serial port, as written
  io::SerialSettings serial = {};
  bool seek_speed = false;  ///< of the peer; it begins with that in `serial`
  Duration connect_timeout = std::chrono::seconds(10);
  std::optional<Duration> sync_timeout = {};
  Duration hold = EndpointConfig{}.hold;
  Duration drain = io::Driver::Config{}.drain;
  bool once = false;      ///< the end of the link is the end of the program
  bool no_queue = false;  ///< without a link, clients of all services are refused
  io::LinePump::Missing missing = io::LinePump::Missing::wait;
  Protocol protocol = Protocol::automatic;
  AtPrompt at_prompt = AtPrompt::silent;
  Compression compression = Compression::on;
  Duplex duplex = Duplex::automatic;
  /// Whether both ends raise the speed of the line: unless something is against it, where that is safe.
  io::Climbing climbing = {.where = io::Climbing::Where::on_hardware};
  CleanLine clean = {};
  std::optional<std::string> key_file = {};  ///< with it, the link is sealed
  install::Wish install = {};                ///< what is missing at the other end
  getty::Wish getty = {};                    ///< the port is a console as well
  io::UnsafeKeyFile unsafe_key_file = io::UnsafeKeyFile::warn;

  bool operator==(const LinkOptions&) const = default;
};

/// How long a request of the other end may take: while the line is away, it is not late.
Duration request_patience(const LinkOptions& options);

/// What the end does with connections that name their own target.
Roles forward_roles(const LinkOptions& options);

/// Its role in the original's protocol, which has only the default service: that of the default service, or
/// of all others. With both roles it is a server.
Role original_role(const LinkOptions& options);

/// The values of options as text, by the name of the option, in the order given. A flag that is set has one
/// value without a meaning.
using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Option;

/// A mistake in one of them.
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

/// All mistakes, in the order in which they are found; at least one.
using Mistakes = std::vector<Mistake>;

std::expected<LinkOptions, Mistakes> judge_link(const Given& given);

}  // namespace serialtcp::cli
