// ConsoleReturn: finds out that the program at the other end is gone, since the console is there again in its place: the
// board has begun again, or the program has ended. Without I/O and clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "wire/console_watch.h"

namespace serialtcp::install {

class ConsoleReturn {
 public:
  /// What looks like a console has to be there for so long, without a frame: text may be what a frame carries.
  static constexpr Duration kWithoutFrame = std::chrono::seconds(3);

  struct Found {
    enum class What : std::uint8_t {
      ended,        ///< in order and amid the link, as three Ctrl-C there make it do
      is_not_there  ///< it has to be started again
    } what;
    std::string why;  ///< a clause
  };

  /// What the line has delivered.
  void heard(ByteView bytes, Time now);
  /// To be called at due().
  void look(Time now);
  Time due() const;

  /// Stays once there is one.
  const std::optional<Found>& found() const { return found_; }
  /// A boot loader or a shell might read what is written now: it is not to be written.
  bool is_suspected() const { return suspected_.has_value(); }

 private:
  void judge_text(Time now);
  void judge_prompt(Time now);

  std::string text_;  ///< since the last end of a frame, the last 512 bytes of it
  wire::ConsoleWatch console_;
  std::optional<Found> suspected_;
  Time since_ = kNever;  ///< when that began
  Time frame_at_{};      ///< when the last one was heard
  std::optional<Found> found_;
};

}  // namespace serialtcp::install
