// NameWatch: the addresses of the names that --allow has: a packet has an address, and no name. They are looked up again and
// again, and an address counts for a while after the name has another one, as long as a device may remember it.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "net/resolver.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "service/allow_list.h"

namespace serialtcp::gateway {

class NameWatch {
 public:
  static constexpr Duration kAgain = std::chrono::seconds(60);
  static constexpr Duration kCounts = std::chrono::hours(1);
  static constexpr std::size_t kMostAddresses = 64;  ///< of a name

  using Changed = std::function<void(std::size_t index, const std::vector<io::asio::ip::address>& addresses)>;
  /// `changed` gets the index of a pattern with a name, and all addresses that count.
  NameWatch(io::asio::io_context& context, const std::vector<io::AllowPattern>& patterns, Changed changed);

  std::size_t lookups_running() const { return resolver_.running(); }

 private:
  struct Seen {
    io::asio::ip::address address;
    Time at;
  };
  struct Name {
    std::size_t index;
    std::string host;
    std::vector<Seen> seen = {};
    io::Resolver::Ticket ticket = {};
  };

  void look_up_all();
  void found(Name& name, const io::Resolver::Result& result);

  io::Resolver resolver_;
  std::list<Name> names_;
  Changed changed_;
  io::Alarm alarm_;
};

}  // namespace serialtcp::gateway
