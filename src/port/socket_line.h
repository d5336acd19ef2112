// SocketLine: a TCP connection that stands for a serial line, as offered by terminal servers and emulators.
#pragma once

#include <memory>
#include <string>

#include "net/connector.h"
#include "port/descriptor_line.h"
#include "port/line_kind.h"

namespace serialtcp::io {

class SocketLine final : public DescriptorLine {
 public:
  /// How long one attempt to connect may take.
  static constexpr Duration kConnectTimeout = std::chrono::seconds(10);

  /// A server that refuses says why, and closes. So much of that is told.
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
  Bytes beginning_ =
      {};  ///< the first bytes that were read since it was opened, of which kToldBytes are told
};

/// socket://HOST:PORT
extern const LineKind kSocketLineKind;

}  // namespace serialtcp::io
