// Alarm: a timer whose handler is not called once it was cancelled, started again or destroyed. Asio's timers do call
// it, and without an error, if they had expired by then: when the program was stopped or busy, an answer and the end of
// the time for it are both due, and the answer comes first.
#pragma once

#include <memory>
#include <utility>

#include "os/asio.h"
#include "os/clock.h"

namespace serialtcp::io {

class Alarm {
 public:
  explicit Alarm(const asio::any_io_executor& executor) : timer_(executor) {}
  explicit Alarm(asio::io_context& context) : timer_(context) {}

  /// Calls `handler`, without arguments, after that time. What was started before is cancelled. The handler may
  /// capture the owner of this object as `this`, or keep it by a shared pointer.
  template <typename Handler>
  void start(Duration after, Handler handler) {
    start_at(now() + after, std::move(handler));
  }

  template <typename Handler>
  void start_at(Time at, Handler handler) {
    valid_ = std::make_shared<const char>();
    timer_.expires_at(to_steady(at));
    timer_.async_wait(
        [valid = std::weak_ptr<const char>(valid_), handler = std::move(handler)](ErrorCode) mutable {
          if (!valid.expired()) handler();
        });
  }

  void cancel() {
    valid_.reset();
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<const char> valid_;
};

}  // namespace serialtcp::io
