#include "doctor/rungs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace serialtcp::doctor {

namespace {

/// Of the frames: more is not what a cable should do.
constexpr double kMuch = 0.01;
/// Another speed must carry more by this factor to be worth it.
constexpr double kClearly = 1.1;
constexpr double kKilo = 1000;

double bad_part(const DirectionFigures& figures) {
  const std::uint64_t all = std::max<std::uint64_t>(figures.frames, figures.bad.size());
  return all == 0 ? 0 : static_cast<double>(figures.bad.size()) / static_cast<double>(all);
}

std::string direction_text(std::string_view name, const DirectionFigures& figures) {
  const std::string speed =
      figures.alone ? fmt::format("{:.1f} kB/s", *figures.alone / kKilo) : "not measured";
  return fmt::format("{} {}, {} of {} frames bad", name, speed, figures.bad.size(), figures.frames);
}

std::string outcome_text(const Rung& rung) {
  switch (rung.outcome) {
    case Rung::Outcome::fails:
      return fmt::format("BAD; {:.0f} % of the test frames arrived", rung.permille / 10.0);
    case Rung::Outcome::breaks:
      return "BAD; at first all arrived, and then nothing was understood any more";
    case Rung::Outcome::refused:
      return "the port cannot do it";
    case Rung::Outcome::no_answer:
      return "not tested; the other end did not agree to it";
    case Rung::Outcome::carries:
      break;
  }
  return fmt::format("{}; {}; {}", rung.bad() > kMuch ? "BAD" : "good",
                     direction_text("out", rung.figures.out), direction_text("in", rung.figures.in));
}

}  // namespace

double Rung::goodput() const {
  if (outcome != Outcome::carries) return 0;
  return std::min(figures.out.alone.value_or(0), figures.in.alone.value_or(0));
}

double Rung::bad() const {
  return std::max(bad_part(figures.out), bad_part(figures.in));
}

Finding judge_rung(const Rung& rung) {
  return fact("rung", fmt::format("{:>8}: {}", rung.baud, outcome_text(rung)), "", rung.baud);
}

Finding judge_rungs(const std::vector<Rung>& rungs, std::uint32_t base) {
  if (rungs.size() < 2)
    return fact("rungs", "the other end keeps its speed",
                "start it with --climb, on a port that has a speed, and without --half-duplex and --xonxoff");
  const Rung* best = &rungs.front();
  for (const Rung& rung : rungs) {
    if (rung.goodput() > kClearly * best->goodput()) best = &rung;
  }
  const double before = rungs.front().goodput();
  if (best->baud == base || before == 0)
    return fact("rungs", fmt::format("none carries clearly more than {}", base));
  return fact(
      "rungs",
      fmt::format("{} carries most: {:.1f} times as much as {}", best->baud, best->goodput() / before, base),
      "with --climb at both ends, a link finds this by itself", best->baud);
}

}  // namespace serialtcp::doctor
