// LinkListeners: where one link listens on this machine: services, -L and -D. Looks up the names among the bind
// addresses without blocking; all else listens meanwhile. Owns only what it waits for: what listens is the driver's.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/link_options.h"
#include "driver/driver.h"
#include "net/resolver.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

class LinkListeners {
 public:
  /// The TCP and UDP ports, in the order of the options; or a whole sentence, and then nothing more happens.
  using Done = std::move_only_function<void(const std::expected<std::vector<std::uint16_t>, std::string>&)>;

  /// A name that has not been found for so long is told.
  static constexpr Duration kToldAfter = std::chrono::seconds(5);

  /// Everything that is referred to outlives this.
  LinkListeners(const LinkOptions& options, io::Driver& driver, io::asio::io_context& context,
                io::Observer& observer);
  ~LinkListeners();
  LinkListeners(const LinkListeners&) = delete;
  LinkListeners& operator=(const LinkListeners&) = delete;

  /// Listens everywhere. `done` is called once, before start() returns if there is no name to be looked up, and not
  /// after stop().
  void start(Done done);
  void stop();

 private:
  using Addresses = std::vector<io::asio::ip::address>;
  using PortOrNot = std::expected<std::optional<std::uint16_t>, std::string>;
  using Listen = std::function<PortOrNot(const Addresses&)>;

  struct Place {
    std::string prefix;  ///< "udp:" or nothing
    io::Target at;
    Listen listen;
    std::optional<io::Resolver::Ticket> asked = {};  ///< while its name is looked up
    std::optional<std::uint16_t> port = {};
    bool over = false;
  };

  void add_service(const ServiceSpec& spec);
  void add_forward(const ForwardSpec& spec);
  void add_socks(const wire::Address& at);
  PortOrNot listen_tcp(const ServiceSpec& spec, const Addresses& addresses);
  PortOrNot listen_udp(const ServiceSpec& spec, const Addresses& addresses);
  PortOrNot listen_unix(const ServiceSpec& spec);

  void begin(std::size_t index);
  void resolved(std::size_t index, const io::Resolver::Result& result);
  void listen(std::size_t index, const Addresses& addresses);
  void fail(const std::string& why);
  void finish_if_over();
  void tell_later();

  const LinkOptions& options_;
  io::Driver& driver_;
  io::asio::io_context& context_;
  io::Observer& observer_;
  std::vector<Place> places_;
  Done done_;
  io::asio::steady_timer timer_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
