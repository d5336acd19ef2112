// StreamService: a service that opens streams, or to which streams are opened, and that is not just a front
// end or a back end: its streams begin with a preface. It is notified of the link, and works through
// Connections.
#pragma once

#include <optional>

#include "driver/figures.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class StreamService {
 public:
  virtual ~StreamService() = default;

  /// The peer has opened a stream to the number of this service. Its events have no other receiver until a
  /// handler is set in Connections.
  virtual void opened(StreamId) {}
  virtual void link_up() {}
  virtual void link_down() {}
  /// Clients have to wait from now on, until go_on() or link_up().
  virtual void pause() {}
  virtual void go_on() {}
  /// Stops listening: new clients are refused. Existing connections continue.
  virtual void refuse_clients() {}
  /// A descriptor has become free: if one was missing, try again.
  virtual void resume() {}
  /// If it is one end of an IP link.
  virtual std::optional<IpFigures> ip_figures(Time) const { return std::nullopt; }
  /// The end: nothing more is accepted.
  virtual void stop() {}
};

}  // namespace serialtcp::io
