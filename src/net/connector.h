// Connecting to a TCP target: resolves its name, tries its addresses in turn, and times out. If an address
// does not answer soon, the next one is tried in parallel, and the first that answers is used (RFC 8305).
// Does not know streams.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "net/back_end.h"
#include "net/resolver.h"
#include "net/target.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// One attempt. It lives until it is done or cancelled, whoever else holds it.
class ConnectAttempt final : public Attempt, public std::enable_shared_from_this<ConnectAttempt> {
 public:
  using Done = BackEnd::Done;
  /// When the next address is tried, unless this one has been refused before.
  static constexpr Duration kNextAfter = std::chrono::milliseconds(250);
  /// Which addresses may be tried; others are ignored.
  using Filter = std::function<bool(const asio::ip::address&)>;

  /// `timeout` is for the whole attempt. `done` is called once from the loop, never directly from this call,
  /// and not at all after cancel(). The resolver must outlive the attempt. With a filter, not_allowed is a
  /// result of the filter, never of the system.
  static std::shared_ptr<ConnectAttempt> begin(asio::io_context& context, Resolver& resolver,
                                               const Target& target, Duration timeout, Done done,
                                               Filter filter = nullptr);

  void expect(std::uint64_t rate) override { expected_ = rate; }
  void cancel() override;

 private:
  ConnectAttempt(asio::io_context& context, Resolver& resolver, const Target& target, Done done,
                 Filter filter);

  void start(Duration timeout);
  void resolved(const Resolver::Result& result);
  void try_next();
  void wait_for_next();
  void failed(int error, const tcp::endpoint& endpoint);
  void finish(std::expected<StreamSocket, ResetReason> result);

  asio::io_context& context_;
  Resolver& resolver_;
  Target target_;
  Done done_;
  Filter filter_;
  std::optional<std::uint64_t> expected_ = {};
  Resolver::Ticket ticket_ = 0;
  Alarm alarm_;
  Alarm next_alarm_;
  std::list<tcp::socket> sockets_;  ///< one for each address that was tried
  std::size_t under_way_ = 0;
  std::vector<asio::ip::address> addresses_;
  std::size_t next_address_ = 0;
  ResetReason failure_ = ResetReason::name_not_found;  ///< of the addresses tried, the most informative
};

/// The TCP target of a service.
class TcpTarget final : public BackEnd {
 public:
  /// `timeout` is for each connect. The context and the resolver must outlive this object.
  TcpTarget(asio::io_context& context, Resolver& resolver, const Target& target, Duration timeout)
      : context_(context), resolver_(resolver), target_(target), timeout_(timeout) {}

  std::shared_ptr<Attempt> reach(std::uint64_t, Done done) override {
    return ConnectAttempt::begin(context_, resolver_, target_, timeout_, std::move(done));
  }
  std::string name() const override { return to_string(target_); }

 private:
  asio::io_context& context_;
  Resolver& resolver_;
  Target target_;
  Duration timeout_;
};

}  // namespace serialtcp::io
