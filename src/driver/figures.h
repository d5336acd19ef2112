// What can be told of a running link: its state, and its connections. Values, taken at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/config.h"
#include "serialtcp/service.h"
#include "serialtcp/stats.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// One direction of a connection, or of a line.
struct Flow {
  std::uint64_t bytes = 0;
  std::uint64_t datagrams = 0;         ///< of a connection that carries datagrams
  std::uint64_t bytes_per_second = 0;  ///< over the last seconds
};

/// A connection, as the socket or the datagrams of this end have it.
struct StreamFigures {
  enum class State : std::uint8_t {
    connecting,   ///< to its target
    open,         ///< in both directions
    half_closed,  ///< one direction has ended
    ending,       ///< it was reset, and what was sent before is being delivered
  };

  std::uint64_t number = 0;  ///< as in the log
  State state = State::open;
  Time since = {};
  Flow sent = {};           ///< to the other end of the line
  Flow received = {};       ///< from there
  std::string client = {};  ///< whose connection it is, if this end has accepted it
  std::string target = {};  ///< what it goes to, as far as this end knows it
};

struct ConnectionFigures : StreamFigures {
  std::string service = {};  ///< its name; empty: the default service, or one without a name
  StreamKind kind = StreamKind::bytes;
};

/// One end of an IP link, since the program has it. Packets are counted as datagrams.
struct IpFigures {
  std::string service = {};  ///< its name
  std::string network = {};  ///< of this end: "ip:tun0"
  enum class State : std::uint8_t {
    closed,  ///< the network of this end is not there
    open,    ///< it is there, and no packets pass
    up,      ///< packets pass
  };
  State state = State::closed;
  std::vector<std::string> addresses = {};
  Flow sent = {};
  Flow received = {};
  std::uint64_t queued = 0;    ///< packets for the other end, now
  std::uint64_t dropped = 0;   ///< for the other end: they waited too long, or too many waited
  std::uint64_t marked = 0;    ///< instead (ECN)
  std::uint64_t too_long = 0;  ///< for the other end, longer than what is carried
  std::uint64_t spoofed = 0;   ///< with a source that they may not have
  std::uint64_t refused = 0;   ///< the network of this end does not allow them
  std::uint64_t limited = 0;   ///< would have opened too many connections there
  std::uint64_t ignored = 0;   ///< fragments, multicast, no packets at all
};

enum class LinkState : std::uint8_t {
  starting,
  waiting_for_device,  ///< the line is not there
  no_peer,             ///< the line is there, and there is no link over it
  up,
  held,      ///< the link is kept, but the line is away or the peer does not answer
  stopping,  ///< the last data is being delivered
};

struct LinkFigures {
  LinkState state = LinkState::starting;
  Time since = {};
  std::optional<Protocol> protocol = {};  ///< of the link that is up
  std::uint32_t speed = 0;       ///< of the line now, in bits per second; 0: it has none, or is not open
  std::uint64_t links_up = 0;    ///< how often a link has come up
  std::uint64_t lines_lost = 0;  ///< how often the line went away
  Flow line_sent;
  Flow line_received;
  std::optional<Time> heard = {};  ///< when the last correct frame arrived
  std::optional<Time> unanswered_since = {};
  Stats stats = {};
};

}  // namespace serialtcp::io
