// LinkListeners: where one link listens on this machine: services, -L and -D. Looks up bind addresses that are
// names without blocking; the others listen meanwhile. Owns only the look-ups: the driver owns the listeners.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/link_options.h"
#include "control/status.h"
#include "driver/driver.h"
#include "net/process_shares.h"
#include "net/resolver.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "serialtcp/time.h"
#include "service/service_kind.h"

namespace serialtcp::cli {

class LinkListeners {
 public:
  /// The TCP and UDP ports, in the order of the options; or a sentence, and then nothing more happens.
  using Done = std::move_only_function<void(const std::expected<std::vector<std::uint16_t>, std::string>&)>;

  /// A name that has not been found after this time is reported.
  static constexpr Duration kToldAfter = std::chrono::seconds(5);

  /// Everything that is referred to must outlive this.
  LinkListeners(const LinkOptions& options, const io::ProcessShares& shares, io::Driver& driver,
                io::asio::io_context& context, io::Observer& observer);
  ~LinkListeners();
  LinkListeners(const LinkListeners&) = delete;
  LinkListeners& operator=(const LinkListeners&) = delete;

  /// Listens everywhere. `done` is called once, before start() returns if there is no name to be looked up, and not
  /// after stop().
  void start(Done done);
  void stop();

  std::vector<control::ListenerStatus> status() const;

 private:
  using Addresses = io::ListenPlace::Addresses;
  using ListeningOrNot = std::expected<io::Listening, std::string>;
  using Listen = std::function<ListeningOrNot(const Addresses&)>;

  /// One of them.
  struct Listener {
    std::shared_ptr<const io::ListenPlace> place;
    std::string kind;     ///< of control::ListenerStatus
    std::string service;  ///< its name
    std::string purpose;  ///< for the log: "connections of 'web' to go through /dev/ttyS0"
    Listen listen;
    std::optional<io::Resolver::Ticket> asked = {};  ///< while its host is looked up
    std::optional<std::uint16_t> port = {};
    std::vector<std::string> places = {};  ///< where it listens
    bool over = false;
  };

  void add_service(const ServerSpec& spec);
  void add_forward(const ForwardSpec& spec);
  void add_proxy(const wire::Address& at);
  /// A TCP port, whose clients are passed to a handler.
  using Use = std::function<void(std::unique_ptr<io::FrontEnd>)>;
  void add_front_end(const wire::Address& at, std::string kind, std::string purpose, Use use);

  void begin(std::size_t index);
  void resolved(std::size_t index, const io::Resolver::Result& result);
  void listen(std::size_t index, const Addresses& addresses);
  void fail(const std::string& why);
  void finish_if_over();
  void tell_later();

  const LinkOptions& options_;
  io::ServiceSite site_;
  io::Driver& driver_;
  io::asio::io_context& context_;
  io::Observer& observer_;
  std::vector<Listener> listeners_;
  Done done_;
  io::asio::steady_timer timer_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
