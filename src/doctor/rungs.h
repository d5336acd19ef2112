// What was found out about the speeds that both ends of a link can do: as values, and as the lines of a table. Asks nothing itself.
#pragma once

#include <cstdint>
#include <vector>

#include "doctor/finding.h"
#include "doctor/line_figures.h"

namespace serialtcp::doctor {

/// One speed.
struct Rung {
  enum class Outcome : std::uint8_t {
    carries,    ///< both ends had it, and the line was measured
    fails,      ///< both ends had it, and not all test frames arrived
    breaks,     ///< it was proven, and then nothing was understood any more
    refused,    ///< the port of this end cannot do it
    no_answer,  ///< the other end did not agree to it
  };
  std::uint32_t baud = 0;
  Outcome outcome = Outcome::carries;
  unsigned permille = 0;     ///< `fails`: of the test frames that arrived
  LineFigures figures = {};  ///< `carries`

  /// Bytes per second in the direction that carries less.
  double goodput() const;
  /// The part of the frames that were lost or damaged, in the direction where it is larger.
  double bad() const;
};

/// A line of the table.
Finding judge_rung(const Rung& rung);
/// What follows from all of them. `base`: the speed that the link has without a test.
Finding judge_rungs(const std::vector<Rung>& rungs, std::uint32_t base);

}  // namespace serialtcp::doctor
