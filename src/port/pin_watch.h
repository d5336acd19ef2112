// PinWatch: notices at once that pins of a serial device have changed, where its driver can wait for that. Such a wait can
// only block, so it has a thread of its own.
//
//   idle --start()--> watching --the driver cannot wait--> impossible;   stop(): from any state, to idle
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class PinWatch {
 public:
  /// Waits until CTS, DSR, RI or DCD of this descriptor has changed, on another thread. Returns 0, or an error of errno.h:
  /// EINTR after a signal, which stop() sends.
  using Wait = std::function<int(int fd)>;

  /// A change is passed on at once, but the next one not before this time is over: pins may change thousands of times a
  /// second.
  static constexpr Duration kPause = std::chrono::milliseconds(5);
  /// How long stop() waits at most for the thread. A driver lets it go in microseconds; one that does not keeps it, and
  /// with it the device open.
  static constexpr Duration kPatience = std::chrono::milliseconds(100);

  explicit PinWatch(asio::io_context& context, Wait wait = system_wait);
  ~PinWatch();
  PinWatch(const PinWatch&) = delete;
  PinWatch& operator=(const PinWatch&) = delete;

  /// Calls `changed` from the loop, until stop(): after changes, and twice after the last one, since two may follow each
  /// other faster than a wait begins; and once it has turned out that the driver cannot wait. No effect unless idle.
  /// `changed` may call all functions of this class. The descriptor stays open until stop().
  void start(int fd, std::function<void()> changed);
  /// To be called when settings of the device have changed: the wait begins anew. Drivers switch the interrupt off with them
  /// that a wait has switched on (8250, with CLOCAL).
  void renew();
  /// Ends the thread.
  void stop();
  /// Otherwise the pins have to be looked at.
  bool notices() const { return state_ == State::watching; }

  /// TIOCMIWAIT.
  static int system_wait(int fd);

 private:
  enum class State : std::uint8_t { idle, watching, impossible };
  struct Shared;
  struct Thread;

  static void run(const std::shared_ptr<Shared>& shared, const Wait& wait, int fd);
  void returned(int error);
  void wait_again();

  asio::io_context& context_;
  Wait wait_;
  State state_ = State::idle;
  std::function<void()> changed_;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Thread> thread_;
  Alarm pause_alarm_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
