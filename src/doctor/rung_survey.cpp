#include "doctor/rung_survey.h"

#include <utility>
#include <variant>

#include "os/clock.h"

namespace serialtcp::doctor {

namespace {

using What = event::LineSpeed::What;

}  // namespace

RungSurvey::RungSurvey(Talker& talker, LineTest::Wait wait, LineFigures known, std::uint32_t bits_per_byte)
    : talker_(talker), wait_(std::move(wait)), known_(std::move(known)), bits_per_byte_(bits_per_byte) {}

bool RungSurvey::run(const Told& told) {
  const std::uint32_t base = talker_.endpoint().line_speed();
  for (const std::uint32_t baud : talker_.endpoint().common_speeds()) {
    const std::optional<Rung> rung = look_at(baud);
    if (!rung) return false;
    told(*rung);
  }
  if (!is_at(base)) propose(base);
  return !over_ && talker_.link_up();
}

/// Empty if the test is over.
std::optional<Rung> RungSurvey::look_at(std::uint32_t baud) {
  Rung rung{.baud = baud};
  if (!is_at(baud)) {
    const auto outcome = propose(baud);
    if (over_ || !talker_.link_up()) return std::nullopt;
    rung.outcome = !outcome                          ? Rung::Outcome::no_answer
                   : outcome->what == What::left_out ? Rung::Outcome::refused
                                                     : Rung::Outcome::fails;
    rung.permille = outcome ? outcome->permille : 0;
    if (!outcome || outcome->what != What::proven) return rung;
  }
  rung.outcome = Rung::Outcome::carries;
  LineFigures known = known_;
  known.nominal = baud / bits_per_byte_;
  {
    LineTest test(talker_, wait_, [](const LineFigures&) {});
    rung.figures = test.run(std::move(known), kMeasured);
  }
  if (!is_at(baud)) rung.outcome = Rung::Outcome::breaks;
  over_ = over_ || !wait_(Duration{}, [] { return true; });
  return over_ || !talker_.link_up() ? std::nullopt : std::optional(std::move(rung));
}

/// What was told of it; nothing if the other end does not answer.
std::optional<event::LineSpeed> RungSurvey::propose(std::uint32_t baud) {
  std::optional<event::LineSpeed> outcome;
  talker_.on_event([&outcome, baud](const Event& event) {
    const auto* const speed = std::get_if<event::LineSpeed>(&event);
    if (speed == nullptr || speed->speed != baud) return;
    if (speed->what == What::proven || speed->what == What::kept || speed->what == What::left_out)
      outcome = *speed;
  });
  for (int i = 0; i < kProposals && !outcome && !over_; ++i) {
    bool asked = false;
    const auto ask = [&] {
      asked = asked || talker_.endpoint().try_speed(baud, io::now());
      return asked || !talker_.link_up();
    };
    over_ = !wait_(kUntilReady, ask);
    if (!asked || over_) break;
    talker_.pump();
    over_ = !wait_(kUntilKnown, [&] { return outcome || !talker_.link_up(); });
  }
  talker_.on_event(nullptr);
  return outcome;
}

}  // namespace serialtcp::doctor
