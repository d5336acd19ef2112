// LogLimiter: how much of the log the lines of one link may fill, by class. Whoever is on the line, at the
// other end, or connects here can cause lines without end, but not a log without end. What is above the limit
// is counted, and told as one line. Knows no clock and writes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bucket.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

/// Who causes a line, and so who must not be able to hide the lines of others.
enum class LogClass : std::uint8_t {
  link,        ///< up, down, what the other end offers: the peer
  trouble,     ///< what the line receives instead of a peer: anybody who is on it
  device,      ///< the serial port goes and comes
  quality,     ///< figures, lost frames: the line
  clients,     ///< those that wait here
  connection,  ///< clients here, and the peer's
  program,     ///< what exec: services write to their standard error
  note,        ///< anything else; the options are reported at the start
  bytes,       ///< with --debug: what the line delivered
};
inline constexpr std::size_t kLogClasses = 9;

/// Of each link.
struct LogLimit {
  std::size_t at_once;       ///< bytes
  std::uint64_t per_second;  ///< bytes, in the long run
  std::string_view what;     ///< completes "12 messages about ..."
};

/// Together 2.4 kB/s: 205 MB a day. With --debug, 350 MB more.
inline constexpr std::array<LogLimit, kLogClasses> kLogLimits = {{
    {32'000, 100, "the link"},
    {8'000, 50, "received data"},
    {16'000, 50, "the serial port"},
    {8'000, 50, "the quality of the link"},
    {8'000, 20, "waiting clients"},
    {64'000, 1'000, "connections"},
    {32'000, 1'000, "output of programs"},
    {64'000, 100, "other things"},
    {256'000, 4'000, "received bytes"},
}};

class LogLimiter {
 public:
  /// The number of lines that were left out is reported this long after the first of them.
  static constexpr Duration kTellAfter = std::chrono::seconds(30);
  explicit LogLimiter(Time now);

  /// Whether a line of so many bytes, all of it, may be written now; otherwise it is counted.
  bool admit(LogClass of, std::size_t size, Time now);

  /// When a line about what was left out is due; kNever while there is none.
  Time due() const;
  enum class Which : std::uint8_t { due, all };
  /// The next such line.
  std::optional<std::string> next_summary(Time now, Which which = Which::due);

 private:
  struct State {
    base::Bucket budget;
    std::uint64_t left_out = 0;  ///< since it was told
    Time since{};                ///< of the first of them
  };

  std::array<State, kLogClasses> states_;
};

}  // namespace serialtcp::cli
