#include "doctor/line_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "os/text.h"

namespace serialtcp::doctor {

namespace {

using namespace std::chrono_literals;

/// Happenings that are so near are one.
constexpr Duration kTogether = 100ms;
/// Fewer have no period.
constexpr std::size_t kLeastPeriods = 3;
constexpr Duration kShortestPeriod = 500ms;
/// The share of faults that have to be alike for a name.
constexpr double kMost = 0.6;
/// One direction that carries less than this part of the other is slower.
constexpr double kSlower = 0.5;
/// A line that is not slow for a reason carries this part of its speed.
constexpr double kEnough = 0.5;
/// Above, this machine may be the limit, or the adapter's way of handing bytes over.
constexpr std::uint64_t kFastLine = 60'000;
constexpr std::size_t kBurst = 4;
/// With such a share of the time lost to others, this machine is what is measured.
constexpr double kBusy = 0.05;
/// A line that is faster than its speed by this factor has a sender whose clock is too fast.
constexpr double kTooFast = 1.015;

double milliseconds(Duration duration) {
  return to_seconds(duration) * 1000;
}

std::string rate_text(const LineFigures& figures, double rate) {
  const std::string text = fmt::format("{}/s", io::format_size(static_cast<std::uint64_t>(rate)));
  if (!figures.has_speed) return text;
  return fmt::format("{} ({:.0f} % of {} bytes/s)", text, rate * 100 / static_cast<double>(figures.nominal),
                     figures.nominal);
}

// ---- The shape of damage ----

double share(std::size_t part, std::size_t all) {
  return static_cast<double>(part) / static_cast<double>(all);
}

Shape losses_shape(const std::vector<Slip>& losses, io::FlowControl flow) {
  std::map<std::uint32_t, std::size_t> lengths;
  for (const Slip& slip : losses) ++lengths[slip.lost];
  const auto usual = std::ranges::max_element(lengths, {}, [](const auto& entry) { return entry.second; });
  const bool runs = usual->first > 1 && share(usual->second, losses.size()) >= kMost;
  const std::string_view remedy =
      flow == io::FlowControl::rts_cts
          ? "use a lower speed, or an adapter with a larger FIFO"
          : "use --rtscts at both ends if the cable has the wires, or a lower speed";
  if (runs)
    return {fmt::format("bytes are lost in runs of {}: the FIFO of this receiver overruns", usual->first),
            std::string(remedy)};
  if (usual->first == 1 && share(usual->second, losses.size()) >= kMost)
    return {"single bytes are lost: this receiver, or a buffer on the way, is too slow", std::string(remedy)};
  const auto [least, most] = std::ranges::minmax(losses, {}, &Slip::lost);
  return {
      fmt::format("bytes are lost, {} to {} at once: a buffer on the way overruns", least.lost, most.lost),
      std::string(remedy)};
}

Shape changes_shape(const std::vector<Slip>& changes) {
  std::uint64_t bytes = 0;
  std::uint64_t zeroed = 0;
  std::uint64_t flipped = 0;
  std::size_t bursts = 0;
  for (const Slip& slip : changes) {
    bytes += slip.changed;
    zeroed += slip.zeroed;
    flipped += slip.flipped;
    if (slip.changed >= kBurst) ++bursts;
  }
  if (share(zeroed, bytes) >= kMost)
    return {"bytes arrive as 00: framing errors",
            "check that both ends have exactly the same speed, and the ground wire"};
  if (share(bursts, changes.size()) >= kMost)
    return {
        fmt::format("bursts of about {} damaged bytes", bytes / changes.size()),
        "look for what switches near the cable (motors, relays, power supplies); use a shielded or shorter cable"};
  return {fmt::format("single bits are flipped ({} of {} damaged bytes)", flipped, bytes),
          "use a shorter or better cable, check the ground wire, or use a lower speed"};
}

}  // namespace

std::optional<Shape> shape_of(const std::vector<Damage>& damages, io::FlowControl flow) {
  std::vector<Slip> losses;
  std::vector<Slip> changes;
  for (const Damage& damage : damages) {
    if (damage.slip.lost > 0 && damage.slip.added == 0 && damage.slip.changed <= 2)
      losses.push_back(damage.slip);
    else if (damage.slip.changed > 0)
      changes.push_back(damage.slip);
  }
  if (losses.empty() && changes.empty()) return std::nullopt;
  return losses.size() >= changes.size() ? losses_shape(losses, flow) : changes_shape(changes);
}

std::optional<Duration> period_of(const std::vector<Time>& times) {
  std::vector<Time> clusters;
  for (const Time time : times) {
    if (clusters.empty() || time - clusters.back() > kTogether) clusters.push_back(time);
  }
  if (clusters.size() < kLeastPeriods + 1) return std::nullopt;
  const Duration mean = (clusters.back() - clusters.front()) / static_cast<std::int64_t>(clusters.size() - 1);
  if (mean < kShortestPeriod) return std::nullopt;
  for (std::size_t i = 1; i < clusters.size(); ++i) {
    const Duration pause = clusters[i] - clusters[i - 1];
    if (pause < mean * 3 / 4 || pause > mean * 5 / 4) return std::nullopt;
  }
  return mean;
}

Duration quantile(std::vector<Duration> values, double share) {
  std::ranges::sort(values);
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(at, 1, values.size()) - 1];
}

namespace {

bool is_machine_busy(const LineFigures& figures) {
  return figures.late >= kLeastPause || to_seconds(figures.delayed) > kBusy * to_seconds(figures.lasted);
}

/// Where something stood still, no speed is a fault; nor on lines that machines may not keep up with.
bool judges_speeds(const LineFigures& figures) {
  return !figures.half_duplex && figures.pauses.empty() && !is_machine_busy(figures) &&
         figures.nominal <= kFastLine;
}

Findings judge_speed(const LineFigures& figures, std::string_view about, const DirectionFigures& way,
                     const DirectionFigures& other) {
  if (!way.alone) return {};
  std::string text = rate_text(figures, *way.alone);
  if (way.beside)
    text += fmt::format("; {}/s while the other direction is busy",
                        io::format_size(static_cast<std::uint64_t>(*way.beside)));
  const double value = *way.alone;
  const double part_of_nominal = way.line.value_or(0) / static_cast<double>(figures.nominal);
  if (figures.has_speed && part_of_nominal > kTooFast)
    return {fault(
        about,
        fmt::format("{}: the clock of the sender is {:.1f} % too fast", text, part_of_nominal * 100 - 100),
        "choose a speed that both ends can divide exactly, as 115200; some UARTs cannot do this one", value)};
  if (judges_speeds(figures) && other.alone && *way.alone < kSlower * *other.alone)
    return {fault(about, text + ": slower than the other direction",
                  way.bad.empty()
                      ? "see what holds this direction back: flow control, or a slower device on the way"
                      : "see the errors of this direction below",
                  value)};
  const bool slow = figures.has_speed && judges_speeds(figures) &&
                    *way.alone < kEnough * static_cast<double>(figures.nominal);
  if (slow && way.bad.empty() && other.bad.empty())
    return {fault(about, text + ": less than the line should carry",
                  "see what holds it back: flow control, or a slower device on the way", value)};
  return {fact(about, std::move(text), "", value)};
}

std::string every(const std::vector<Time>& times) {
  const auto period = period_of(times);
  return period ? fmt::format(", every {:.1f} s", to_seconds(*period)) : "";
}

Findings judge_inbound(const LineFigures& figures) {
  if (figures.in.bad.empty() && figures.damages.empty()) {
    if (!figures.served) return {};
    return {fact("errors in", fmt::format("none in {}", io::counted(figures.in.frames, "frame")), "", 0)};
  }
  std::vector<Time> times;
  std::uint64_t flipped = 0;
  std::uint64_t lost = 0;
  for (const Damage& damage : figures.damages) {
    times.push_back(damage.at);
    flipped += damage.slip.flipped;
    lost += damage.slip.lost;
  }
  if (times.empty()) times = figures.in.bad;
  std::string text =
      fmt::format("{} of {} damaged or lost{}", figures.in.bad.size(),
                  io::counted(figures.in.frames + figures.in.bad.size(), "frame"), every(times));
  if (flipped > lost && figures.compared > 0)
    text += fmt::format(", bit error rate {:.1e}",
                        static_cast<double>(flipped) / (8 * static_cast<double>(figures.compared)));
  const auto shape = shape_of(figures.damages, figures.flow);
  if (shape) text += "; " + shape->text;
  return {fault(
      "errors in", std::move(text),
      shape ? shape->advice : "use a shorter or better cable, check the ground wire, or use a lower speed",
      static_cast<double>(figures.in.bad.size()))};
}

Findings judge_outbound(const LineFigures& figures) {
  if (figures.out.bad.empty()) {
    if (!figures.served) return {};
    return {fact("errors out", fmt::format("none in {}", io::counted(figures.out.frames, "frame")), "", 0)};
  }
  const bool both = !figures.in.bad.empty();
  return {fault(
      "errors out",
      fmt::format("{} of {} lost{}", figures.out.bad.size(), io::counted(figures.out.frames, "frame"),
                  every(figures.out.bad)),
      both
          ? "as for the errors in"
          : "run this test at the other end, which sees how: then its receiver, or the wire from TX here, is to be "
            "looked at",
      static_cast<double>(figures.out.bad.size()))};
}

Findings judge_trips(const LineFigures& figures) {
  Findings findings;
  if (!figures.idle_trips.empty()) {
    const Duration middle = quantile(figures.idle_trips, 0.5);
    const Duration most = quantile(figures.idle_trips, 0.95);
    std::string text =
        fmt::format("{:.1f} ms, 95 % within {:.1f} ms", milliseconds(middle), milliseconds(most));
    if (!figures.busy_trips.empty())
      text += fmt::format("; {:.1f} ms beside bulk", milliseconds(quantile(figures.busy_trips, 0.5)));
    findings.push_back(fact("round trip", std::move(text), "", milliseconds(middle)));
  } else if (figures.smoothed_trip) {
    const double trip = milliseconds(*figures.smoothed_trip);
    findings.push_back(fact("round trip", fmt::format("{:.1f} ms", trip), "", trip));
  }
  return findings;
}

Findings judge_pauses(const LineFigures& figures) {
  if (is_machine_busy(figures))
    return {
        fact("pauses", fmt::format("this machine was too busy for {:.1f} s: speeds and times may be wrong",
                                   to_seconds(std::max(figures.late, figures.delayed))))};
  if (figures.pauses.empty()) return {};
  std::vector<Time> times;
  for (const Pause& pause : figures.pauses) times.push_back(pause.at);
  const Duration longest = std::ranges::max(figures.pauses, {}, &Pause::length).length;
  return {fault(
      "pauses",
      fmt::format("the line stood still {}{}, {:.1f} s at most", io::counted(times.size(), "time"),
                  every(times), to_seconds(longest)),
      "see what stops it: flow control of the other end, a device on the way, or a machine that is too busy",
      static_cast<double>(times.size()))};
}

}  // namespace

Findings judge_line(const LineFigures& figures) {
  Findings findings;
  const auto add = [&findings](Findings more) {
    for (Finding& finding : more) findings.push_back(std::move(finding));
  };
  if (!figures.served)
    add({fact("line", "not measured: the other end cannot send test bytes",
              "with this version at the other end, too, speed and errors are measured")});
  add(judge_speed(figures, "speed out", figures.out, figures.in));
  add(judge_speed(figures, "speed in", figures.in, figures.out));
  add(judge_trips(figures));
  add(judge_outbound(figures));
  add(judge_inbound(figures));
  add(judge_pauses(figures));
  return findings;
}

}  // namespace serialtcp::doctor
