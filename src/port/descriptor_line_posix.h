// DescriptorLine: common parts of the lines that are one file descriptor. They differ in how they open it.
#pragma once

#include <utility>

#include "port/descriptor_posix.h"
#include "port/line.h"

namespace serialtcp::io {

class DescriptorLine : public Line {
 public:
  void close() override { descriptor_.close(); }
  LineResult read(MutableByteView into) override { return descriptor_.read(into); }
  LineResult write(ByteView bytes) override { return descriptor_.write(bytes); }
  void when_readable(Ready ready) override { descriptor_.when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { descriptor_.when_writable(std::move(ready)); }
  std::size_t unsent() const override { return descriptor_.unsent(); }
  const std::string& name() const override { return name_; }

 protected:
  DescriptorLine(asio::io_context& context, std::string name)
      : name_(std::move(name)), descriptor_(context) {}

  bool is_open() const { return descriptor_.is_open(); }
  int descriptor() const { return descriptor_.fd(); }
  /// Takes over an open descriptor.
  void adopt(int fd) { descriptor_.adopt(fd); }

 private:
  std::string name_;
  Descriptor descriptor_;
};

}  // namespace serialtcp::io
