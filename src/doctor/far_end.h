// What is at the other end of a line, from what was heard there: before this end had sent anything, and after it. Values in,
// findings out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "doctor/echo.h"
#include "doctor/finding.h"
#include "doctor/hearing.h"
#include "port/line_errors.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::doctor {

/// What came of the hellos of this end.
struct Answered {
  std::optional<event::LinkUp> link = {};
  std::optional<LineTrouble> key = {};  ///< one of those about keys
  bool incompatible = false;            ///< another version of the protocol
  bool half_duplex = false;
  std::optional<event::LineTroubled> text = {};
  std::vector<ByteChange> changes = {};
  std::optional<event::LineCoded> coded = {};
  Echo echo = Echo::none;
  Overheard heard = {};  ///< all bytes that have arrived meanwhile
};

struct FarEnd {
  std::string port;
  std::uint32_t baud = 0;                ///< 0: the line has no speed
  std::string_view silence_advice = {};  ///< io::SilenceAdvice::check
  Overheard before = {};                 ///< this end has sent anything
  Answered answered = {};
  std::optional<io::LineErrors> errors = {};  ///< that the driver has counted in all this time
  Duration waited{};
  bool loop_expected = false;
};

enum class FarKind : std::uint8_t {
  nothing,
  held_low,  ///< the line is in the state of a break
  loop,      ///< RX and TX are joined
  echo,      ///< a terminal shows what it gets
  prompt,    ///< a console that waits for input
  text,
  noise,
  original,      ///< the Python program of the same name
  ours,          ///< there is a link
  ours_refused,  ///< one of ours, and no link is possible
};

FarKind kind_of(const FarEnd& end);

/// The first one says what it is.
Findings judge_far_end(const FarEnd& end);

/// "11 hex is lost", "0a hex arrives as 0d hex".
std::string change_text(const ByteChange& change);

/// Of a line that changes bytes, and what to do about that: once for all of them. None if it changes none.
Findings judge_changes(const std::vector<ByteChange>& changes, const std::optional<event::LineCoded>& coded);

}  // namespace serialtcp::doctor
