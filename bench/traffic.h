// Traffic: one measurement. It owns the connections at both sides of the tunnel and the loop that serves
// them, starts one connection after the other, says "ready" on standard output when all run and the warm-up
// is over, measures when "go" comes on standard input, prints what it saw as one line of JSON, and keeps
// everything running until standard input ends, so that whoever drives it can look at the rest of the system
// before and after.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bulk.h"
#include "connection.h"
#include "echo.h"
#include "payload.h"
#include "target.h"

namespace serialtcp::bench {

struct Plan {
  int listen_fd = -1;       ///< a listening socket: the target
  std::uint16_t port = 0;   ///< of the near end
  unsigned up = 0;          ///< bulk flows to the target
  unsigned down = 0;        ///< bulk flows from it
  unsigned both = 0;        ///< connections with both
  unsigned idle = 0;        ///< connections with one echo and then silence
  double echo_ms = 0;       ///< an echo this often on one connection; 0: none
  double open_ms = 0;       ///< a new connection this often; 0: none
  bool first_echo = false;  ///< only this: print when the first echo came
  double warm_up = 0.5;     ///< seconds
  double seconds = 1;
  std::vector<std::string> text;  ///< files to send instead of random bytes
};

class Traffic {
 public:
  explicit Traffic(Plan plan);
  /// Throws Failure.
  void run();

 private:
  enum class Phase : std::uint8_t { starting, warming_up, ready, measuring, finished };

  void turn();
  void start_next();
  std::unique_ptr<Connection> make_client(unsigned number);
  void accepted(Socket socket);
  std::shared_ptr<Sink> new_sink(unsigned flow, std::string name);
  void command();
  void proceed();
  bool measured() const;
  bool all_run() const;
  SteadyTime due() const;
  void report() const;
  void report_first_echo() const;

  Plan plan_;
  Payload payload_;
  Window window_;
  Phase phase_ = Phase::starting;
  SteadyTime started_;
  SteadyTime warm_at_{};
  bool over_ = false;
  Samples samples_;
  std::vector<std::shared_ptr<Sink>> sinks_;
  Listener listener_;
  std::vector<std::unique_ptr<TargetConnection>> targets_;
  std::vector<std::unique_ptr<Connection>> clients_;
};

}  // namespace serialtcp::bench
