// Transcript: what a shared port has received, and what was written to it, as text of a log file. Does no I/O, knows no
// clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp::share {

class Transcript {
 public:
  enum class Way : std::uint8_t { received, written };
  struct Style {
    bool times = false;    ///< each line begins with the time
    bool written = false;  ///< what is written is there, too: each line begins with "< " or "> "

    bool operator==(const Style&) const = default;
  };

  explicit Transcript(Style style) : style_(style) {}

  /// What is to be written into the file. Without times and what is written, these are the bytes as they are.
  std::string add(Way way, ByteView bytes, std::string_view time);

 private:
  bool shows_lines() const { return style_.times || style_.written; }

  Style style_;
  Way way_ = Way::received;
  bool at_begin_ = true;  ///< of a line
};

}  // namespace serialtcp::share
