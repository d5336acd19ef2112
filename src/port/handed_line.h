// HandedLine: a connected socket as a line. Somebody else has connected it, so when it is closed it cannot come back.
#pragma once

#include <string>

#include "port/descriptor_line_posix.h"

namespace serialtcp::io {

class HandedLine final : public DescriptorLine {
 public:
  /// `name` is for messages. The socket is this object's from now on; `first` was read from it already.
  HandedLine(asio::io_context& context, std::string name, int socket, std::string first);
  ~HandedLine() override;

  void open(Opened opened) override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;

 private:
  LineResult ended_if_gone(LineResult result) const;

  int socket_;  ///< until it is open
  std::string first_;
};

}  // namespace serialtcp::io
