// UnixLine: a unix socket that replaces a serial line, as virtual machines offer for their serial ports
// (QEMU's -serial unix:PATH,server=on; libvirt's <serial type='unix'>).
#pragma once

#include <memory>
#include <string>

#include "net/unix_socket.h"
#include "port/descriptor_line_posix.h"
#include "port/line_kind.h"

namespace serialtcp::io {

class UnixLine final : public DescriptorLine {
 public:
  /// How long to wait if the queue of the listener is full.
  static constexpr Duration kConnectTimeout = std::chrono::seconds(10);

  /// `path` has at most kMaxUnixPath characters, and at least one.
  UnixLine(asio::io_context& context, std::string path);
  ~UnixLine() override;

  void open(Opened opened) override;
  void close() override;

 private:
  std::expected<void, OpenError> take_over(std::expected<StreamSocket, ResetReason> result);

  std::string path_;
  UnixTarget target_;
  std::shared_ptr<Attempt> attempt_;
};

/// unix:PATH
extern const LineKind kUnixLineKind;

}  // namespace serialtcp::io
