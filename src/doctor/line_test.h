// LineTest: measures the line of a link that is up: single bytes there and back, bulk out, bulk in, both at once with single bytes
// beside them. The peer is an ordinary one, whose service services::kTest it uses; one without that is only listened to.
#pragma once

#include <functional>
#include <optional>

#include "doctor/inbound.h"
#include "doctor/line_figures.h"
#include "doctor/talker.h"
#include "serialtcp/ids.h"
#include "serialtcp/stats.h"

namespace serialtcp::doctor {

/// How fast a count grows that changes in steps, as with each frame: from the first change to the last.
class StepMeter {
 public:
  void add(std::uint64_t count, Time now);
  void restart() { *this = {}; }
  /// A second; empty if it was too short.
  std::optional<double> rate() const;

 private:
  struct Step {
    std::uint64_t count = 0;
    Time at{};
  };
  std::optional<std::uint64_t> begin_;
  std::optional<Step> first_;
  Step last_;
};

class LineTest {
 public:
  /// Serves line and timers for so long, or until `done`; false if the test is over: the line is gone, or the user has had enough.
  using Wait = std::function<bool(Duration longest, const std::function<bool()>& done)>;
  /// How it goes, once a second: what was measured so far.
  using Progress = std::function<void(const LineFigures& figures)>;

  /// A peer that does not answer in this time has no such service.
  static constexpr Duration kAnswer = std::chrono::seconds(3);
  static constexpr Duration kBetweenIdleBytes = std::chrono::milliseconds(10);
  static constexpr Duration kBetweenBusyBytes = std::chrono::milliseconds(100);
  static constexpr std::size_t kMostTrips = 100'000;

  /// All references outlive it, and the link is up.
  LineTest(Talker& talker, Wait wait, Progress progress);
  ~LineTest();
  LineTest(const LineTest&) = delete;
  LineTest& operator=(const LineTest&) = delete;

  /// Takes this time. `known`: what is known of the line already.
  LineFigures run(LineFigures known, Duration lasts);

 private:
  struct Ping;

  bool phase(Duration lasts);
  void look();
  std::optional<StreamId> open(bool bulk, Byte kind, std::uint32_t bytes);
  void close(std::optional<StreamId>& stream);
  void begin_out();
  void begin_in();
  void handle(const Event& event);
  void fill();
  void drain();
  void ping();
  void pong();
  std::uint64_t delivered() const;
  std::optional<double> line_rate(std::uint64_t before, Time since) const;
  void note_gap(Time now);

  Talker& talker_;
  Wait wait_;
  Progress progress_;
  LineFigures figures_;
  Inbound inbound_;
  std::optional<StreamId> echo_;
  std::optional<StreamId> out_;
  std::optional<StreamId> in_;
  bool refused_ = false;
  std::uint64_t written_ = 0;   ///< on the stream out
  std::uint64_t received_ = 0;  ///< on the stream in
  Time pinged_{};               ///< Time{}: none is on its way
  Time last_pong_{};
  Duration between_{};
  bool busy_ = false;
  Time heard_{};
  StepMeter out_meter_;
  StepMeter in_meter_;
  Duration longest_gap_{};  ///< while the other end sends
  Time told_{};
  Stats stats_;  ///< at the last look
  Bytes piece_ = Bytes(4096);
};

}  // namespace serialtcp::doctor
