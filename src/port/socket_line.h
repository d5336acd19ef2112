// SocketLine: a TCP connection that replaces a serial line, as offered by terminal servers and emulators.
#pragma once

#include <memory>
#include <string>

#include "net/connector.h"
#include "port/connected_line.h"
#include "port/line_kind.h"

namespace serialtcp::io {

class SocketLine final : public ConnectedLine {
 public:
  /// Timeout of one attempt to connect.
  static constexpr Duration kConnectTimeout = std::chrono::seconds(10);

  /// A server that refuses sends the reason, and closes. At most this many bytes of it are reported.
  static constexpr std::size_t kToldBytes = 120;

  SocketLine(asio::io_context& context, Target target);
  ~SocketLine() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  bool may_be_dead() const override { return true; }

 private:
  std::expected<void, OpenError> take_over(std::expected<StreamSocket, ResetReason> result);

  asio::io_context& context_;
  Resolver resolver_;
  Target target_;
  std::shared_ptr<ConnectAttempt> attempt_;
  /// The first bytes that were read since it was opened; at most kToldBytes are reported.
  Bytes beginning_ = {};
};

/// socket://HOST:PORT
extern const LineKind kSocketLineKind;

}  // namespace serialtcp::io
