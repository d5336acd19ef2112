// StreamService: what opens streams, or is opened streams to, in a way that is not just a front or a back
// end: by a preface that says what is wanted. Hears of the link; does its work through Connections.
#pragma once

#include "serialtcp/event.h"
#include "serialtcp/ids.h"

namespace serialtcp::io {

class StreamService {
 public:
  virtual ~StreamService() = default;

  /// The peer has opened a stream to the number that this was added under. Nothing else hears of it until
  /// somebody does with Connections.
  virtual void opened(StreamId) {}
  virtual void link_up() {}
  virtual void link_down() {}
  /// Clients have to wait from now on, until go_on() or link_up().
  virtual void pause() {}
  virtual void go_on() {}
  /// Listens no more: new clients are refused. What there is goes on.
  virtual void refuse_clients() {}
  /// A descriptor has become free: if one was missing, try again.
  virtual void resume() {}
  /// The end: nothing more is accepted.
  virtual void stop() {}
};

}  // namespace serialtcp::io
