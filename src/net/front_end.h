// FrontEnd: where connections of one service come from on this machine, each as a connected socket. Does not
// know what becomes of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "os/asio.h"

namespace serialtcp::io {

class FrontEnd {
 public:
  /// `from` is for the log.
  using Accepted = std::move_only_function<void(StreamSocket socket, const std::string& from)>;

  virtual ~FrontEnd() = default;

  /// Whom to hand connections to. Before the first start().
  virtual void on_accepted(Accepted accepted) = 0;
  /// Bytes per second that a connection may expect of the line.
  virtual void expect(std::uint64_t) {}
  /// Between stop() and start(), and before the first start(), clients are refused and do not wait. Called once,
  /// after on_accepted().
  virtual void refuse_while_stopped() = 0;
  /// Connections are handed over from now on; harmless when it has been started already. Of those that have
  /// waited, the ones whose client has gone are reset.
  virtual void start() = 0;
  /// Clients have to wait from now on, or are refused.
  virtual void stop() = 0;
  /// Listens no more: clients are refused. Nothing else is called after that.
  virtual void close() = 0;
  /// A descriptor has become free: if one was missing, try again.
  virtual void resume() = 0;
};

}  // namespace serialtcp::io
