// Connecting to a target: look its name up, try its addresses in turn, give up in time. Knows nothing of
// streams.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <vector>

#include "io/asio.h"
#include "io/resolver.h"
#include "io/target.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// One attempt. It lives until it is done or cancelled, whoever else holds it.
class ConnectAttempt : public std::enable_shared_from_this<ConnectAttempt> {
 public:
  using Done = std::move_only_function<void(std::expected<tcp::socket, ResetReason>)>;

  /// `timeout` is for all of it. `done` is called once from the loop, never from within this call, and not at
  /// all after cancel(). The resolver outlives the attempt.
  static std::shared_ptr<ConnectAttempt> begin(asio::io_context& context, Resolver& resolver,
                                               const Target& target, Duration timeout, Done done);

  void cancel();

 private:
  ConnectAttempt(asio::io_context& context, Resolver& resolver, const Target& target, Done done);

  void start(Duration timeout);
  void resolved(const Resolver::Result& result);
  void try_next();
  void finish(std::expected<tcp::socket, ResetReason> result);

  asio::io_context& context_;
  Resolver& resolver_;
  Target target_;
  Done done_;
  Resolver::Ticket ticket_ = 0;
  asio::steady_timer timer_;
  tcp::socket socket_;
  std::vector<asio::ip::address> addresses_;
  std::size_t next_address_ = 0;
  ResetReason failure_ = ResetReason::name_not_found;  ///< of the latest address tried
};

}  // namespace serialtcp::io
