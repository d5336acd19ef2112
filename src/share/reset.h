// Reset: a sequence of DTR and RTS that resets a board, as a user has written it, and whoever plays it on a port. Played
// here, it keeps its times, which it would not from the other end of a network or of a slow tunnel.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "os/alarm.h"
#include "os/asio.h"
#include "port/serial_settings.h"
#include "serialtcp/time.h"

namespace serialtcp::share {

struct ResetStep {
  std::optional<io::Pin> dtr = {};
  std::optional<io::Pin> rts = {};
  Duration wait = {};

  bool operator==(const ResetStep&) const = default;
};
using ResetSteps = std::vector<ResetStep>;

constexpr std::size_t kMostResetSteps = 32;
/// All waits together.
constexpr Duration kLongestReset = std::chrono::seconds(10);

/// "D0R1 W100 R0 W50": D and R are DTR and RTS with their level, those of one word change together; W waits, in ms. The
/// error completes "argument X: ...".
std::expected<ResetSteps, std::string> parse_reset(const std::string& text);

/// When it is played.
enum class ResetWhen : std::uint8_t {
  request,  ///< a client sends a break, or a program on the pty chooses 1200 baud
  connect,  ///< also when a client connects while there is none
  start,    ///< also when the port is opened
};

class ResetPlayer {
 public:
  using SetPins = std::function<void(std::optional<io::Pin> dtr, std::optional<io::Pin> rts)>;

  /// `ended` is called when it has been played.
  ResetPlayer(io::asio::io_context& context, ResetSteps steps, SetPins set_pins, std::function<void()> ended);

  bool is_empty() const { return steps_.empty(); }
  bool is_playing() const { return next_.has_value(); }
  /// From its beginning. One that is being played is not interrupted.
  void play();
  void stop();

 private:
  void go_on();

  ResetSteps steps_;
  SetPins set_pins_;
  std::function<void()> ended_;
  std::optional<std::size_t> next_;
  io::Alarm alarm_;
};

}  // namespace serialtcp::share
