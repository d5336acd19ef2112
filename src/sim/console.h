// Console: what may be at the other end of a cable instead of a peer: a terminal that echoes, with a login
// prompt, a shell or a boot loader behind it, and kernel messages. It records every line that was entered,
// which a shell would have executed. It reads no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::sim {

class Console {
 public:
  enum class Mode : std::uint8_t {
    canonical,  ///< the kernel edits lines, echoes control characters as ^X, and sends signals at Ctrl-C
    readline,   ///< the program edits lines, and does not show control characters, as bash does
    raw,        ///< each byte is echoed unchanged
    silent,     ///< no echo
    getty,      ///< without the eighth bit, as agetty reads a login name
  };

  Console(Mode mode, std::string prompt) : mode_(mode), prompt_(std::move(prompt)) {}

  /// Its output before anything was typed.
  std::string start(std::string_view banner) const { return std::string(banner) + prompt_; }
  /// Its output for these bytes.
  std::string typed(ByteView bytes);

  /// Lines that were ended by CR, LF or Ctrl-O, except empty ones: each was executed, or was a login name.
  const std::vector<std::string>& entered() const { return entered_; }
  /// Number of signals and ends of input (Ctrl-C, Ctrl-\, Ctrl-Z, Ctrl-D), and of stops of the output by
  /// Ctrl-S.
  std::uint64_t disturbed() const { return disturbed_; }
  std::uint64_t bytes() const { return bytes_; }
  /// What would be executed if somebody pressed Enter now.
  const std::string& line() const { return line_; }

 private:
  void echo(Byte byte, std::string& out) const;

  Mode mode_;
  std::string prompt_;
  std::string line_;
  std::vector<std::string> entered_;
  std::uint64_t disturbed_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace serialtcp::sim
