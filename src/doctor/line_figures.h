// How good the line between two of ours is: what was measured, as values, and what of it is a fault. Asks nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "doctor/finding.h"
#include "doctor/inbound.h"
#include "port/serial_settings.h"
#include "serialtcp/time.h"

namespace serialtcp::doctor {

/// One direction of the line.
struct DirectionFigures {
  std::optional<double> alone = {};   ///< bytes per second that arrived, while the other direction was idle
  std::optional<double> beside = {};  ///< while it was busy
  std::optional<double> line = {};    ///< bytes per second of the line itself, alone: at least so many
  std::uint64_t frames = 0;
  std::vector<Time> bad = {};  ///< when frames were seen to be lost or damaged, one entry each
};

/// A time in which nothing arrived although the other end was sending.
struct Pause {
  Time at{};
  Duration length{};
};

struct LineFigures {
  std::uint64_t nominal = 0;  ///< bytes per second by the settings
  bool has_speed = true;      ///< otherwise, the settings have no effect
  bool half_duplex = false;
  io::FlowControl flow = io::FlowControl::none;
  /// Whether the other end could be asked for test bytes; a version without them answers hellos only.
  bool served = false;
  Duration lasted{};
  DirectionFigures out = {};
  DirectionFigures in = {};
  std::vector<Duration> idle_trips = {};  ///< round trips of one byte, alone on the line
  std::vector<Duration> busy_trips = {};  ///< beside bulk in both directions
  std::optional<Duration> smoothed_trip = {};
  std::vector<Damage> damages = {};  ///< inbound
  std::uint64_t compared = 0;        ///< inbound test bytes in which these are
  std::vector<Pause> pauses = {};    ///< in which the other end was silent, of kLeastPause and more
  Duration late{};                   ///< how long this program has not run at all, of its own
  Duration delayed{};  ///< how much later than they should all its short waits have ended, together
};

/// A pause that is shorter is one of a scheduler. To be added: what kPauseBytes take on the line.
inline constexpr std::uint64_t kPauseBytes = 64;
inline constexpr Duration kLeastPause = std::chrono::milliseconds(400);

Findings judge_line(const LineFigures& figures);

/// What kind of damage it is, as a sentence without its end, and what to do. Empty for none.
struct Shape {
  std::string text;
  std::string advice;
};
std::optional<Shape> shape_of(const std::vector<Damage>& damages, io::FlowControl flow);

/// The interval in which something happens again and again, if there is one. Times in order; what is within a tenth of a second
/// is one.
std::optional<Duration> period_of(const std::vector<Time>& times);

/// The value below which so many of all are (0 to 1); `values` is not empty.
Duration quantile(std::vector<Duration> values, double share);

}  // namespace serialtcp::doctor
