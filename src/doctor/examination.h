// Examination: `serialtcp test`: looks at a port from outside, opens it once, listens, speaks, and tells one finding after the
// other. What a finding is, is decided in port_facts, far_end and loop_test; this file gathers the facts for them.
//
//   outside -> open -> listen -> speak -> (one of ours: the line) -> farewell
//                                      -> (a loopback that was asked for: all byte values)
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "doctor/far_end.h"
#include "doctor/finding.h"
#include "doctor/held_line.h"
#include "doctor/line_figures.h"
#include "doctor/port_facts.h"
#include "doctor/talker.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/quiet_observer.h"
#include "port/line.h"
#include "port/line_kind.h"
#include "port/serial_settings.h"
#include "serialtcp/key.h"

namespace serialtcp::doctor {

/// What is to be tested, and how.
struct Wish {
  std::string port;  ///< as the user wrote it
  io::SerialSettings serial = {};
  bool is_device = true;  ///< a file of this machine
  io::SilenceAdvice advice = io::kCableAdvice;
  bool loopback = false;                      ///< RX and TX are joined: everything may be sent
  bool rungs = false;                         ///< at all usual speeds, or those that both ends can do
  bool fix = false;                           ///< what can be set right here is
  Duration lasts = std::chrono::seconds(10);  ///< the test of the line between two of ours
  std::optional<Key> key = {};
};

struct Outcome {
  Findings findings = {};
  std::string problem = {};  ///< why it could not be tested; a sentence
  int signal = 0;            ///< that has ended it
};

class Examination final : private io::QuietObserver {
 public:
  /// A line that is not open by then is given up.
  static constexpr Duration kOpening = std::chrono::seconds(20);
  /// How long nothing is sent at first: what a machine says by itself comes in this time, if it is about to boot.
  static constexpr Duration kListening = std::chrono::seconds(1);
  /// The same at each other speed: a hello comes every second.
  static constexpr Duration kListeningElsewhere = std::chrono::milliseconds(1300);
  /// How long an answer is waited for, beside what so many bytes take on the line.
  static constexpr Duration kAnswer = std::chrono::seconds(4);
  static constexpr std::uint64_t kAnswerBytes = 600;
  /// The same once something is known that stands in the way of a link.
  static constexpr Duration kDespite = std::chrono::seconds(2);
  /// No more comes after such a pause, beside the time of what adapters and UARTs may hold.
  static constexpr Duration kSilence = std::chrono::milliseconds(100);
  static constexpr std::uint64_t kFifo = 256;
  /// How long the end of a link may take.
  static constexpr Duration kFarewell = std::chrono::milliseconds(500);
  /// What a pin needs to show at another one, with a driver that looks every few milliseconds.
  static constexpr Duration kPins = std::chrono::milliseconds(30);
  /// Restoring the settings would garble what is on its way to the line yet, beside what an adapter may hold.
  static constexpr Duration kSettle = std::chrono::milliseconds(150);

  /// `tell` is called with each finding at once; if it returns false, nobody listens, and the test ends.
  using Tell = std::function<bool(const Finding& finding)>;

  /// How a test of the line goes, once a second: a short text.
  using Live = std::function<void(std::string_view text)>;

  Examination(io::asio::io_context& context, Wish wish, Tell tell, Live live);

  /// What the line is made with.
  io::Observer& observer() { return *this; }
  /// The line is not open yet, and closed afterwards.
  Outcome run(std::unique_ptr<io::Line> line);

 private:
  void note(std::string_view text) override { notes_.emplace_back(text); }

  void examine(io::Line& line);
  bool open(io::Line& line);
  void look_inside(io::Line& line);
  void fix_latency();
  FarEnd meet(HeldLine& line);
  void measure(Talker& talker, HeldLine& line);
  void survey(Talker& talker, HeldLine& line);
  LineFigures known_of_line() const;
  bool set_speed(HeldLine& line, std::uint32_t baud);
  void find_speed(HeldLine& line, const FarEnd& end);
  void try_rungs(HeldLine& line);
  void try_wires(HeldLine& line);
  Overheard listen(HeldLine& line, Duration longest);
  bool speak(HeldLine& line, Role role, FarEnd& end);
  void leave(Talker& talker, HeldLine& line);
  void await_silence(HeldLine& line);
  Findings try_loop(HeldLine& line, std::uint64_t rate);
  Duration bytes_time(std::uint64_t bytes) const;
  void tell(Findings findings);

  bool over(const HeldLine* line) const;
  template <typename Done>
  void run_for(Duration longest, const HeldLine* line, const Done& done);

  io::asio::io_context& context_;
  const Wish wish_;
  Tell tell_;
  Live live_;
  io::asio::signal_set signals_;
  std::vector<std::string> notes_;
  PortOutside outside_;
  std::optional<io::LineErrors> errors_;
  Outcome outcome_;
  bool unread_ = false;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::doctor
