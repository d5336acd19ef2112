// Feed: the events of the page (server-sent events, WHATWG HTML 9.2): the status once a second while somebody follows, with
// it each new point of the curves, and at first all points that there are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/operations.h"
#include "http/history.h"
#include "http/time_budget.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class Feed {
 public:
  /// Between two events of the status; longer while the budget is used up.
  static constexpr Duration kEvery = std::chrono::seconds(1);

  /// Gets each event. Returns whether anybody follows.
  using Publish = std::function<bool(const std::shared_ptr<const std::string>& event)>;

  /// All outlive the feed.
  Feed(io::asio::io_context& context, control::Operations& operations, TimeBudget& budget, Publish publish);

  /// Takes points of the curves from now on. Once.
  void start();

  /// The first events for somebody who follows from now on.
  std::string greeting();

 private:
  std::string sample_event();
  std::string status_event();
  void sample();
  void wait_for_sample();
  void tell_at(Time time);
  void tell();

  control::Operations& operations_;
  TimeBudget& budget_;
  Publish publish_;
  History history_;
  io::asio::steady_timer sampling_;
  Time sample_due_ = {};
  io::asio::steady_timer telling_;
  bool telling_now_ = false;
  std::uint64_t sampled_ = 0;  ///< the number of the latest point that those who follow have
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::http
