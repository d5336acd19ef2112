// What is shared, and with whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/target.h"
#include "port/record_output.h"
#include "port/serial_settings.h"
#include "serialtcp/time.h"
#include "share/reset.h"
#include "share/transcript.h"
#include "share/writers.h"

namespace serialtcp::share {

/// What clients of a place speak.
enum class Protocol : std::uint8_t {
  raw,      ///< the bytes of the port, and nothing else
  telnet,   ///< RFC 854
  rfc2217,  ///< the same, and the client may set the port
  pty,      ///< raw, and the settings of the pty are those of the port
};

std::string_view protocol_name(Protocol protocol);

/// Where clients come from.
struct Place {
  enum class Kind : std::uint8_t {
    tcp,          ///< they connect to this address
    unix_socket,  ///< to this path
    pty,          ///< they open this path
    dialled,      ///< the client is there: it is connected to
  };

  Protocol protocol = Protocol::raw;
  Kind kind = Kind::tcp;
  /// A TCP address, or a path.
  std::variant<io::Target, std::string> where = io::Target{};
  /// It is open to everybody, and nobody has asked for that in so many words.
  enum class Warn : std::uint8_t { no, yes } warn = Warn::no;

  bool operator==(const Place&) const = default;
};

std::string to_string(const Place& place);

struct ShareConfig {
  static constexpr std::size_t kUsualClients = 16;
  static constexpr std::size_t kMostClients = 256;
  static constexpr std::size_t kMostPlaces = 16;
  /// A client that has ended its output gets what the port delivers for this time, and has left then.
  static constexpr Duration kAfterEnd = std::chrono::seconds(10);

  std::string device = {};
  io::SerialSettings serial = {};
  std::vector<Place> places = {};
  Writing writing = Writing::one;
  std::size_t most_clients = kUsualClients;
  /// What becomes of one more.
  enum class Full : std::uint8_t { refuse, wait } full = Full::refuse;
  Duration after_end = kAfterEnd;
  enum class Missing : std::uint8_t { wait, fail } missing = Missing::wait;
  std::string banner = {};  ///< a line that each client gets first; empty: none

  std::string log_file = {};  ///< of what the port receives; empty: none
  Transcript::Style log_style = {};
  io::RecordOutput::Rules log_rules = {.most = io::RecordOutput::kMaxSize,
                                       .old_files = 1,
                                       .before = io::RecordOutput::Rules::Before::kept,
                                       .mark = "\n[serialtcp: {} bytes lost]\n"};
  ResetSteps reset = {};
  ResetWhen reset_when = ResetWhen::request;

  bool operator==(const ShareConfig&) const = default;
};

}  // namespace serialtcp::share
