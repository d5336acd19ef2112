// Console: a terminal at a line: what the line delivers goes to standard output, and to a file if that is wanted; what
// the user types goes to the line. Also without a terminal, in scripts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "console/console_config.h"
#include "console/console_log.h"
#include "console/expected_text.h"
#include "console/keys.h"
#include "console/user_end.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/line_stamps.h"
#include "os/quiet_observer.h"
#include "port/break_switch.h"
#include "port/line.h"
#include "port/line_keeper.h"

namespace serialtcp::console {

class Console final : private io::LineKeeper::User, private UserEnd::User, private io::QuietObserver {
 public:
  /// How long a break lasts.
  static constexpr Duration kBreak = std::chrono::milliseconds(300);
  /// Input of a script that the line has not taken: then more is not read. What is typed beyond four times this is dropped.
  static constexpr std::size_t kMostInput = 16 * 1024;
  /// At the end, the output is given this time to accept what is pending.
  static constexpr Duration kAtEnd = std::chrono::seconds(2);

  /// Messages for the user that do not go to a screen; called with a line each.
  using Tell = std::function<void(std::string_view)>;

  Console(io::asio::io_context& context, const ConsoleConfig& config, Tell tell);
  ~Console() override;

  /// What the line is made with: it reports to this console.
  io::Observer& observer() { return *this; }
  /// Runs until it ends. `line` is not open yet.
  Outcome run(std::unique_ptr<io::Line> line);

 private:
  bool begin();
  void end(Outcome outcome);
  void leave_when_shown();
  void time_is_up();
  void await_signal();
  void handle(int signal);

  // What the user does.
  void press(char letter);
  void send(ByteView bytes);
  void flush();
  void toggle_pin(bool is_dtr);
  void send_break();
  void toggle_log();
  void toggle_stamps();
  void tell_status();
  void tell_help();
  bool may_act();

  void tell(std::string_view text);
  void show(ByteView bytes);
  void tell_log_problem(const std::optional<std::string>& problem);

  // LineKeeper::User
  void line_delivered(ByteView bytes) override;
  void line_writable() override;
  bool line_wanted() override;
  void line_opened() override;
  void line_lost() override {}
  void line_unusable(const std::string& reason) override;
  void line_ended(const std::string& reason) override;

  // UserEnd::User
  void user_typed(ByteView bytes) override;
  bool input_wanted() override;
  void input_ended() override;
  void output_accepted() override;
  void output_lost() override;

  // Observer
  void line_opened(std::string_view line, std::string_view how) override;
  void line_awaited(std::string_view line, std::string_view reason) override;
  void line_lost(std::string_view line, std::string_view reason) override;
  void line_back(std::string_view line, Duration away) override;
  void line_not_back_yet(std::string_view line, std::string_view reason) override;
  void note(std::string_view text) override;

  io::asio::io_context& context_;
  const ConsoleConfig& config_;
  Tell tell_;
  UserEnd user_;
  Keys keys_;
  ConsoleLog log_;
  io::LineStamps stamps_;
  std::optional<ExpectedText> expected_;
  std::unique_ptr<io::Line> line_;
  std::optional<io::LineKeeper> keeper_;
  std::optional<io::BreakSwitch> break_;
  io::asio::signal_set signals_;
  io::Alarm time_;
  io::Alarm leave_;
  std::optional<Outcome> outcome_;
  std::string why_away_;   ///< why it is not open
  bool was_open_ = false;  ///< once
  bool stamped_ = false;   ///< lines on the screen, and in the log
  bool read_only_told_ = false;
  bool dropped_told_ = false;  ///< that more was typed than the line takes
  bool at_beginning_ = true;   ///< of a line of the screen
  Bytes input_;                ///< for the line
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  Bytes scratch_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::console
