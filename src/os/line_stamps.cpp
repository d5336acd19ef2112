#include "os/line_stamps.h"

#include <algorithm>

namespace serialtcp::io {

void LineStamps::append(ByteView bytes, std::string_view stamp, Bytes& out) {
  while (!bytes.empty()) {
    if (at_beginning_) {
      out.push_back('[');
      out.insert(out.end(), stamp.begin(), stamp.end());
      out.push_back(']');
      out.push_back(' ');
    }
    const auto end = std::ranges::find(bytes, Byte{'\n'});
    at_beginning_ = end != bytes.end();
    const auto count = static_cast<std::size_t>(end - bytes.begin()) + (at_beginning_ ? 1 : 0);
    const ByteView line = bytes.first(count);
    out.insert(out.end(), line.begin(), line.end());
    bytes = bytes.subspan(count);
  }
}

}  // namespace serialtcp::io
