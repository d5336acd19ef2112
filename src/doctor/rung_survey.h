// RungSurvey: goes through all speeds that both ends of a link can do, and measures the line at each. The ends agree on each as
// those of any link that raises its speed, so the other end needs no special mode, and a speed that does not work costs a second.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "doctor/line_test.h"
#include "doctor/rungs.h"
#include "doctor/talker.h"

namespace serialtcp::doctor {

class RungSurvey {
 public:
  /// How long each speed is measured.
  static constexpr Duration kMeasured = std::chrono::seconds(3);
  /// A speed can be proposed again so long after the one before.
  static constexpr Duration kUntilReady = std::chrono::seconds(4);
  /// The outcome of a proposal, or none, is known by then.
  static constexpr Duration kUntilKnown = std::chrono::milliseconds(2500);
  /// A proposal may be lost.
  static constexpr int kProposals = 2;

  using Told = std::function<void(const Rung& rung)>;

  /// All references outlive it. The talker was made with LineSpeeds::by_hand, and its link is up.
  RungSurvey(Talker& talker, LineTest::Wait wait, LineFigures known, std::uint32_t bits_per_byte);

  /// Calls `told` with each speed as soon as it is known. Ends at the speed with which it began, if that can be had. False if
  /// the test is over.
  bool run(const Told& told);

 private:
  std::optional<Rung> look_at(std::uint32_t baud);
  std::optional<event::LineSpeed> propose(std::uint32_t baud);
  bool is_at(std::uint32_t baud) const { return talker_.endpoint().line_speed() == baud; }

  Talker& talker_;
  LineTest::Wait wait_;
  LineFigures known_;
  std::uint32_t bits_per_byte_;
  bool over_ = false;
};

}  // namespace serialtcp::doctor
