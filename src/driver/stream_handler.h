// StreamHandler: the handler of a stream of the Endpoint that is not simply tied to a socket. It is notified
// of events of the stream.
#pragma once

#include "serialtcp/event.h"

namespace serialtcp::io {

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  virtual void readable() = 0;
  virtual void writable() {}
  /// Both directions have ended in order. The id is not valid any more; this is the last call.
  virtual void closed() {}
  /// The id is not valid any more; this is the last call.
  virtual void reset(ResetReason reason) = 0;
  /// Releases everything of this end; this is the last call. The caller notifies the Endpoint.
  virtual void abandon() = 0;
};

}  // namespace serialtcp::io
