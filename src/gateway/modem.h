// Modem: what a device talks to that believes in a telephone line: the AT commands of ITU-T V.250 that dialling needs, and the
// greeting of Windows' "communications cable between two computers". Does no I/O.
//
//   command --ATD, CLIENT, bytes of a protocol--> online --+++ between two pauses--> command, on the line --ATO--> online
//                                                   |                                   |
//                                                   +-- hang_up() --> command <-- ATH, ATZ
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::gateway {

class Modem {
 public:
  /// Before and after +++ (V.250 leaves it to S12; its usual value).
  static constexpr Duration kGuard = std::chrono::seconds(1);
  static constexpr std::size_t kLongestCommand = 256;
  /// Answers that the line has not taken: then commands are not answered.
  static constexpr std::size_t kMostAnswers = 4096;

  /// `speed` is what CONNECT names.
  explicit Modem(std::uint32_t speed) : speed_(speed) {}

  /// From the line. Returns what is not for the modem, but for whoever is at the other end of its call.
  Bytes take(ByteView bytes, Time now);
  void tick(Time now);
  Time deadline() const;
  /// What the modem says to the device.
  std::string answers() { return std::exchange(answers_, {}); }

  bool is_online() const { return state_ == State::online; }
  /// A call was made since this was asked last: what was known of the device is over.
  bool has_called() { return std::exchange(called_, false); }
  /// The device has hung up since this was asked last.
  bool has_hung_up() { return std::exchange(hung_up_, false); }
  /// Anything has been said to the modem.
  bool is_used() const { return used_; }

  /// The device speaks a protocol without a call: everything is for that.
  void answer_silently();
  /// Somebody may be calling again: what follows is looked at as commands, until it turns out to be a protocol.
  void listen_again();
  /// The call has ended at this side.
  void hang_up();

 private:
  enum class State : std::uint8_t { command, online };
  enum class Code : std::uint8_t { ok = 0, connect = 1, no_carrier = 3, error = 4 };
  /// Goes on with the command line, or is done with it.
  enum class Next : std::uint8_t { more, done };

  void typed(Byte byte, Time now);
  void obey(std::string_view command);
  Next one(std::string_view& rest);
  Next extended(std::string_view& rest);
  void connect();
  void drop_call();
  void say(Code code);
  void watch_for_escape(ByteView bytes, Time now);

  std::uint32_t speed_;
  State state_ = State::command;
  bool on_call_ = false;  ///< also in the state `command`, after +++
  bool called_ = false;
  bool hung_up_ = false;
  bool used_ = false;
  bool echo_ = true;
  bool words_ = true;   ///< ATV1
  bool quiet_ = false;  ///< ATQ1
  bool dialled_ = false;
  std::string line_;  ///< what is typed
  std::string answers_;
  Time heard_ = {};       ///< the latest byte
  std::size_t plus_ = 0;  ///< of +++ after a pause
};

}  // namespace serialtcp::gateway
