#include "console/expected_text.h"

#include <algorithm>

namespace serialtcp::console {

bool ExpectedText::look(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kWindow / 2));
    bytes = bytes.subspan(piece.size());
    for (const Byte byte : piece) {
      if (byte != '\0' && byte != '\r') window_.push_back(static_cast<char>(byte));
    }
    if (expression_.fits(window_)) return true;
    if (window_.size() > kWindow / 2) window_.erase(0, window_.size() - kWindow / 2);
  }
  return false;
}

}  // namespace serialtcp::console
