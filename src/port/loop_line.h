// LoopLine: what is written can be read again, as with a loopback plug. For trying things out without a
// device.
#pragma once

#include <deque>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/line.h"
#include "port/line_kind.h"

namespace serialtcp::io {

class LoopLine final : public Line {
 public:
  /// Bytes held at most, like the queue of a device; beyond that the line blocks.
  static constexpr std::size_t kCapacity = 4096;

  explicit LoopLine(asio::io_context& context) : context_(context) {}

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override;
  void when_writable(Ready ready) override;
  std::size_t unsent() const override { return 0; }
  const std::string& name() const override { return name_; }

 private:
  void wake();

  asio::io_context& context_;
  std::deque<Byte> queue_;
  Ready readable_;
  Ready writable_;
  std::uint64_t generation_ = 0;
  std::string name_ = "loop://";
  Lifetime lifetime_;
};

/// loop://
extern const LineKind kLoopLineKind;

}  // namespace serialtcp::io
