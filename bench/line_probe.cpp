// line_probe: makes the traffic of one measurement through a tunnel and measures it. bench/line runs it;
// traffic.h specifies their interface. It has both sides, the client's and the target's, so that one clock
// measures both.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "traffic.h"

int main(int argc, char** argv) {
  serialtcp::bench::Plan plan;
  CLI::App app("Makes the traffic of one measurement and times it; bench/line runs it", "line_probe");
  app.add_option("--listen-fd", plan.listen_fd, "listening socket of the target")->required();
  app.add_option("--port", plan.port, "where the near end listens")->required();
  app.add_option("--up", plan.up, "bulk flows to the target");
  app.add_option("--down", plan.down, "bulk flows from the target");
  app.add_option("--both", plan.both, "connections with a bulk flow each way");
  app.add_option("--idle", plan.idle, "connections with one echo, then silence");
  app.add_option("--echo-ms", plan.echo_ms, "one-byte echo this often");
  app.add_option("--open-ms", plan.open_ms, "new connection with one echo this often");
  app.add_flag("--first-echo", plan.first_echo, "only try until the first echo, and say when it came");
  app.add_option("--warm-up", plan.warm_up, "seconds before it is ready");
  app.add_option("--seconds", plan.seconds, "seconds to measure");
  app.add_option("--text", plan.text, "files to send instead of random bytes");
  CLI11_PARSE(app, argc, argv);
  try {
    serialtcp::bench::Traffic(std::move(plan)).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "line_probe: %s\n", error.what());
    return 1;
  }
  return 0;
}
