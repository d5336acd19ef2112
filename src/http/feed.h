// Feed: the events of the page (server-sent events, WHATWG HTML 9.2): the status once a second while somebody follows, and at
// first what was before.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/operations.h"
#include "http/history.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class Feed {
 public:
  static constexpr Duration kEvery = std::chrono::seconds(1);

  /// Gets each event. Returns whether anybody follows.
  using Publish = std::function<bool(const std::shared_ptr<const std::string>& event)>;

  /// Both outlive the feed.
  Feed(io::asio::io_context& context, control::Operations& operations, Publish publish);

  /// The first events for somebody who follows from now on.
  std::string greeting();

 private:
  std::string status_event();
  void sample();
  void tell();

  control::Operations& operations_;
  Publish publish_;
  History history_;
  io::asio::steady_timer sampling_;
  io::asio::steady_timer telling_;
  bool telling_now_ = false;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::http
