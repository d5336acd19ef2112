// What can be told of a running link: its state, and its connections. Values, taken at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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
