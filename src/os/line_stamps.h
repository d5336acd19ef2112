// LineStamps: puts the time before each line of a stream of bytes, whose pieces may end anywhere.
#pragma once

#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp::io {

class LineStamps {
 public:
  /// Appends the bytes to `out`, and "[stamp] " before each byte that begins a line. A line ends with LF.
  void append(ByteView bytes, std::string_view stamp, Bytes& out);
  /// Bytes without a time.
  void pass(ByteView bytes) {
    if (!bytes.empty()) at_beginning_ = bytes.back() == '\n';
  }
  /// What comes next begins a line, whatever came before.
  void restart() { at_beginning_ = true; }

 private:
  bool at_beginning_ = true;
};

}  // namespace serialtcp::io
