// Soak: the life of a tunnel from one seed. The seed draws a line, both ways of it, faults that change,
// events of the devices and the programs, and a workload of connections. The ledger of World is the oracle at
// every event. Then the line becomes quiet, everything must finish within a bound, and the counters must
// balance.
#pragma once

#include <string>
#include <vector>

#include "letters.h"
#include "world.h"

namespace serialtcp::test {

/// SERIALTCP_SEEDS=FIRST:COUNT, or FIRST alone; by default those of the test suite.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 1000;
};
Seeds seeds_to_run();
/// The text that tells how to repeat a run that failed.
std::string replay(std::uint64_t seed);

sim::Faults random_faults(base::Prng& random);

/// Figures of a run, for the report of a long one.
struct SoakReport {
  std::uint64_t connections = 0;
  std::uint64_t datagrams = 0;  ///< that arrived
  std::uint64_t parts = 0;      ///< of frames that had not ended, both ends, since their last start
  std::uint64_t payload = 0;    ///< bytes that applications read, both ends
  Duration simulated{0};        ///< in all
  double share_of_bound = 0;    ///< the share of the bound for finishing that was needed
};

class Soak {
 public:
  explicit Soak(std::uint64_t seed);

  /// Fails the current test if anything differs from plain TCP.
  void run();
  const SoakReport& report() const { return report_; }

 private:
  /// Changes the rate of faults of the line to good, fair or bad, for each direction independently.
  void change_weather();

  void turn();
  void open_some(End end);
  void open_one(End end);
  void go_on_with(End end, Socket& socket);
  void go_on_with_some();
  void reset_one(End end);
  void send_letters(End end);

  void happen();
  void cut();
  void unplug(End end);
  void suspend(End end);
  void echo();
  void mismatch(End end);
  void set_speeds();
  void chatter(End end);
  void restart(End end);

  void calm();
  void let_all_finish();
  void expect_links_lost_for_a_reason();
  void drain();
  void expect_balance();
  void expect_service();

  std::uint64_t size();
  Duration up_to(Duration most);
  bool can_open(End end);

  base::Prng random_;
  WorldConfig config_;
  World world_;
  Letters letters_;
  std::uint64_t rate_;  // bytes per second of the slower direction
  bool long_silence_ = false;
  bool program_changed_ = false;  // an end was restarted or has exited
  SoakReport report_;
};

}  // namespace serialtcp::test
