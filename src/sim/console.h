// Console: what is at the other end of a cable instead of a peer: a terminal that echoes, with a login prompt, a
// shell or a boot loader behind it, and messages of the kernel. It keeps every line that somebody has entered, which
// is what a shell would have carried out. It reads no clock.
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
    canonical,  ///< the kernel edits lines, echoes control characters as ^X, and signals at Ctrl-C
    readline,   ///< the program edits: control characters are not shown, as in bash
    raw,        ///< each byte comes back as it is
    silent,     ///< no echo
    getty,      ///< without the eighth bit, as agetty reads a login name
  };

  Console(Mode mode, std::string prompt) : mode_(mode), prompt_(std::move(prompt)) {}

  /// What it says of itself, before anybody has typed.
  std::string start(std::string_view banner) const { return std::string(banner) + prompt_; }
  /// What it says to these bytes.
  std::string typed(ByteView bytes);

  /// Lines that were ended by CR, LF or Ctrl-O, not empty ones alone: each was carried out, or was a login name.
  const std::vector<std::string>& entered() const { return entered_; }
  /// Signals and ends of input (Ctrl-C, Ctrl-\, Ctrl-Z, Ctrl-D), and output stopped by Ctrl-S.
  std::uint64_t disturbed() const { return disturbed_; }
  std::uint64_t bytes() const { return bytes_; }
  /// What a person would carry out who presses Enter now.
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
