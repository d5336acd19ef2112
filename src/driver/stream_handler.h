// StreamHandler: the handler of a stream of the Endpoint that is not simply tied to a socket. It is notified
// of events of the stream.
#pragma once

#include <optional>
#include <string_view>

#include "driver/figures.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

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

  /// Of a stream that is a connection for its user, and not just a request of this program.
  virtual std::optional<StreamFigures> figures(Time) const { return std::nullopt; }
  /// The user ends the connection that figures() has told of; `how` completes "connection 3: ...". The id is
  /// not valid any more; this is the last call.
  virtual void closed_by_user(std::string_view how) { static_cast<void>(how); }
};

}  // namespace serialtcp::io
