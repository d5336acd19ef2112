// What reaches the program from outside, to end it or to reload its configuration: signals, and on Windows what the console and
// the service manager want.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "os/asio.h"

namespace serialtcp::cli {

struct Signal {
  enum class Meaning : std::uint8_t { end, hang_up, status } meaning = Meaning::end;
  int number = 0;         ///< for the exit status
  const char* name = "";  ///< for the log: "SIGINT"
};

/// Holds them back until somebody can handle them: none may end the program in the middle of its start. To be called first,
/// since loading the libraries takes time, too.
void hold_signals_back();

/// For a command that does not handle them: they have their usual effect from now on, those that have come, too.
void let_signals_come();

class SignalWatch {
 public:
  /// Where hang-ups are ignored (nohup(1), some supervisors), they are, unless `heed_hang_ups`. What has been held back is heard
  /// soon. The context outlives this object.
  enum class HangUps : std::uint8_t { as_usual, heeded };
  SignalWatch(io::asio::io_context& context, HangUps hang_ups, std::function<void(const Signal&)> heard);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  class Source;  ///< of the system
  std::unique_ptr<Source> source_;
};

}  // namespace serialtcp::cli
