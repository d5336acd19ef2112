// StreamHandler: to whom a stream of the Endpoint belongs in the shell while it is not simply tied to a
// socket. Hears of what happens to the stream.
#pragma once

#include "serialtcp/event.h"

namespace serialtcp::io {

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  virtual void readable() = 0;
  virtual void writable() {}
  /// Both directions have ended in order. The id names nothing any more; nothing else is heard.
  virtual void closed() {}
  /// The id names nothing any more; nothing else is heard.
  virtual void reset(ResetReason reason) = 0;
  /// All that belongs to this end is given up, and nothing else is heard; the Endpoint is the caller's
  /// business.
  virtual void abandon() = 0;
};

}  // namespace serialtcp::io
