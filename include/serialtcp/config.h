// The configuration of an Endpoint, and the types that it is made of. The numbers of the core are in limits.h.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/key.h"
#include "serialtcp/limits.h"
#include "serialtcp/time.h"

namespace serialtcp {

/// What an end does with connections.
enum class Role : std::uint8_t {
  server = 1,  ///< accepts connections and opens streams
  client = 2,  ///< connects to targets for streams that the peer opens
};

/// All roles of an end. Sent in the hello, so that two ends that cannot serve each other detect this.
struct Roles {
  Roles() = default;
  Roles(Role only)
      : server(only == Role::server), client(only == Role::client) {}  // NOLINT: one role is a set of roles

  bool server = false;
  bool client = false;

  bool operator==(const Roles&) const = default;
};

/// Whether connections can go from one of these ends to the other, in either direction.
constexpr bool fit(const Roles& one, const Roles& other) {
  return (one.server && other.client) || (one.client && other.server);
}

/// The services of an end, by name; an empty name is the default service. Each name may occur once as offered
/// and once as wanted, of either kind; at most limits::kMaxServices in total.
struct ServiceNames {
  std::vector<std::string> offered = {};  ///< it connects to targets for these
  std::vector<std::string> wanted = {};   ///< it accepts connections for these
  std::vector<std::string> datagrams_offered = {};
  std::vector<std::string> datagrams_wanted = {};

  std::size_t size() const {
    return offered.size() + wanted.size() + datagrams_offered.size() + datagrams_wanted.size();
  }
  bool operator==(const ServiceNames&) const = default;
};

/// What an end without a peer does where it receives a login prompt, a shell prompt or the prompt of a boot
/// loader.
enum class AtPrompt : std::uint8_t {
  silent,  ///< sends nothing, until something of the protocol arrives
  speak,   ///< sends hellos every 30 s, as where other text is received
};

/// The protocol on the line.
enum class Protocol : std::uint8_t {
  automatic,  ///< our own if the peer supports it, else that of the original program
  own,        ///< only our own, version 2
  original,   ///< only that of the original program: one connection at a time, nothing checked
};

/// Whether streams may be packed (compressed), in both directions. An end packs only if both ends may.
enum class Compression : std::uint8_t {
  on,   ///< content that shrinks is packed, all else is sent plain
  off,  ///< for measurements, or to save CPU time and memory
};

/// Whether both ends can send at the same time.
enum class Duplex : std::uint8_t {
  automatic,  ///< they can, unless the line is detected as half-duplex
  half,       ///< they cannot: a radio, or RS-485 with two wires
};

/// Which byte values the line carries.
enum class CleanMode : std::uint8_t {
  automatic,   ///< all, unless no hello arrives; then both ends find out
  eight_bits,  ///< all; nothing is ever found out, and what the other end asks is not answered
  escape,      ///< all but some, which are escaped
  seven_bits,  ///< printable ASCII and ends of lines: a terminal that passes on whole lines
};

struct CleanLine {
  CleanMode mode = CleanMode::automatic;
  /// With `escape`: the values that are never sent, 1 to 10. With `automatic`: those that are not sent once the link
  /// is up, if the peer supports that; of these, 7E ("~", on which ssh acts) only not after CR or LF. Else none.
  std::bitset<256> avoided = {};
  bool operator==(const CleanLine&) const = default;
};

/// A line whose speed can be changed while it is in use, in bits per second.
struct LineSpeeds {
  std::uint32_t base = 0;   ///< as it was opened; not 0
  std::uint32_t most = 0;   ///< faster ones are not tried
  std::uint32_t first = 0;  ///< has worked before, and is tried first; 0: none
  /// Nothing is tried but what Endpoint::try_speed() asks for. The sessions of this end are low, so that it is the one that
  /// proposes.
  bool by_hand = false;
};

struct EndpointConfig {
  /// The role for connections of the default service. It is also the role in the original's protocol, which
  /// has only this service.
  Role role = Role::server;

  /// Announced to the peer when the link comes up, if there are any.
  ServiceNames services = {};

  /// The roles for streams that carry their own destination (service.h, services).
  Roles forwards = {};

  Protocol protocol = Protocol::automatic;

  AtPrompt at_prompt = AtPrompt::silent;

  Compression compression = Compression::on;
  /// Check values within long frames (docs/protocol.md, "Parts"), to a peer that has them, too. Without them, the bytes of a stream
  /// are consecutive on the line. Never on a sealed link.
  bool parts = true;
  Duplex duplex = Duplex::automatic;
  CleanLine clean = {};
  /// If set, the link is sealed with this key, and there is no link with a peer without it. Only our own
  /// protocol is used then, whatever `protocol` is.
  std::optional<Key> key = {};

  /// The nominal speed of the line in bytes per second (baud / bits per character). Only the start of the
  /// measurement; the true speed is measured. Limits: 1 to 1e9.
  std::uint64_t nominal_rate = 11520;

  /// The hold time: how long streams are kept while the line is away, or the peer does not answer. Then they
  /// are reset. 0: as soon as the line goes away, or silence is certain (some 5 s); kForever: never.
  Duration hold = std::chrono::seconds(300);

  /// How long a server that uses the original's protocol waits for the connect at the other end.
  Duration connect_timeout = std::chrono::seconds(10);

  /// Maximum of streams at the same time, opened by either end together. Bounds the tables: about 800 bytes
  /// each while idle.
  std::uint32_t max_streams = 16384;
};

/// The roles of an end with this configuration, for all services together.
inline Roles roles(const EndpointConfig& config) {
  Roles roles = config.role;
  roles.server = roles.server || config.forwards.server || !config.services.wanted.empty() ||
                 !config.services.datagrams_wanted.empty();
  roles.client = roles.client || config.forwards.client || !config.services.offered.empty() ||
                 !config.services.datagrams_offered.empty();
  return roles;
}

}  // namespace serialtcp
