// HandleLine: common parts of the lines that are one handle of Windows. They differ in how they open it.
#pragma once

#include <boost/asio/windows/stream_handle.hpp>

#include <expected>
#include <string>
#include <utility>

#include "os/windows.h"
#include "port/completion_stream.h"
#include "port/line.h"

namespace serialtcp::io {

using HandleStream = CompletionStream<asio::windows::stream_handle>;

/// Opens what `path` names, for overlapped reads and writes. The handle is the caller's; the error is Windows'.
std::expected<HANDLE, DWORD> open_handle(const std::string& path);
/// Has the stream take over such a handle, unless there is an error.
ErrorCode adopt_handle(asio::io_context& context, HANDLE handle, HandleStream& into, HandleStream::Ways ways);

class HandleLine : public Line {
 public:
  void close() override { stream_.close(); }
  LineResult read(MutableByteView into) override { return stream_.read(into); }
  LineResult write(ByteView bytes) override { return stream_.write(bytes); }
  void when_readable(Ready ready) override { stream_.when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { stream_.when_writable(std::move(ready)); }
  std::size_t unsent() const override { return stream_.unsent(); }
  const std::string& name() const override { return name_; }

 protected:
  HandleLine(asio::io_context& context, std::string name)
      : context_(context), name_(std::move(name)), stream_(context) {}

  bool is_open() const { return stream_.is_open(); }
  ErrorCode adopt(HANDLE handle, HandleStream::Ways ways) {
    return adopt_handle(context_, handle, stream_, std::move(ways));
  }

 private:
  asio::io_context& context_;
  std::string name_;
  HandleStream stream_;
};

/// The text of an error of Windows.
std::string windows_error_text(DWORD error);

}  // namespace serialtcp::io
