// SocketLine: a TCP connection that replaces a serial line, as offered by terminal servers and emulators.
#pragma once

#include <memory>
#include <string>

#include "net/connector.h"
#include "port/descriptor.h"
#include "port/line.h"

namespace serialtcp::io {

class SocketLine final : public Line {
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
  LineResult write(ByteView bytes) override { return descriptor_.write(bytes); }
  void when_readable(Ready ready) override { descriptor_.when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { descriptor_.when_writable(std::move(ready)); }
  std::size_t unsent() const override;
  bool may_be_dead() const override { return true; }
  const std::string& name() const override { return name_; }

 private:
  std::expected<void, OpenError> take_over(std::expected<StreamSocket, ResetReason> result);

  asio::io_context& context_;
  Resolver resolver_;
  Target target_;
  std::string name_;
  std::shared_ptr<ConnectAttempt> attempt_;
  mutable Descriptor descriptor_;
  /// The first bytes that were read since it was opened; at most kToldBytes.
  Bytes beginning_ = {};
};

}  // namespace serialtcp::io
