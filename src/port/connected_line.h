// ConnectedLine: common parts of the lines that are one connected socket. They differ in how they connect it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/line.h"

namespace serialtcp::io {

class ConnectedLine : public Line {
 public:
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override { wait(StreamSocket::wait_read, std::move(ready)); }
  void when_writable(Ready ready) override { wait(StreamSocket::wait_write, std::move(ready)); }
  std::size_t unsent() const override;
  const std::string& name() const override { return name_; }

 protected:
  ConnectedLine(asio::io_context& context, std::string name) : name_(std::move(name)), socket_(context) {}

  bool is_open() const { return socket_.is_open(); }
  StreamSocket& socket() { return socket_; }
  const StreamSocket& socket() const { return socket_; }
  /// Takes over a connected socket.
  void adopt(StreamSocket connected);

 private:
  void wait(StreamSocket::wait_type what, Ready ready);

  std::string name_;
  mutable StreamSocket socket_;   ///< mutable: native_handle() is not const
  std::uint64_t generation_ = 0;  ///< number of calls of close(): a handler from before is not passed on
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
