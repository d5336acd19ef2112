// Resolver: resolves names to addresses without ever blocking the loop. The C library can resolve a name only
// by blocking, and cannot be interrupted, so each look-up has a thread of its own. (Asio's resolver has one
// thread for all, which one name without an answer would block.)
//
//   waiting --a thread is free--> counting --it takes long, or its result is not needed--> set aside
//      |                             |                                                       |
//      +--withdrawn                  +--answer                                               +--answer
//
// The next look-up starts when few enough are counting. One that was set aside keeps its thread until the C
// library returns, but delays no other. When threads are short, the next name is one of the domain with the
// fewest threads.
#pragma once

#include <expected>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fair_share.h"
#include "net/process_shares.h"
#include "net/target.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class Resolver {
 public:
  using Result = std::expected<std::vector<asio::ip::address>, ResetReason>;
  using Done = std::move_only_function<void(const Result&)>;
  /// Resolves one name, blocking as long as it takes. Called on other threads.
  using Lookup = std::function<Result(const std::string& host, Family family)>;
  using Ticket = std::uint64_t;

  /// A look-up that is older than this is not shared any more: the network may have come back since it began.
  static constexpr Duration kShareFor = std::chrono::seconds(3);
  /// A look-up that takes longer is set aside. Name servers that work answer faster.
  static constexpr Duration kCountsFor = std::chrono::milliseconds(250);
  /// Threads for names of one domain (the last two labels), set aside or not, so that a name server that does
  /// not answer leaves threads for other domains.
  static constexpr std::size_t kMostOfOneDomain = 64;
  /// A request that has waited for this time gets timed_out.
  static constexpr Duration kPatience = std::chrono::seconds(30);

  /// `threads` and `hanging` are shared by all resolvers of the process (net/process_shares.h). Requests for
  /// the same name share a look-up.
  explicit Resolver(asio::io_context& context, Lookup lookup = system_lookup,
                    std::shared_ptr<base::FairShare> threads = ProcessShares().lookups,
                    std::shared_ptr<base::FairShare> hanging = ProcessShares().hanging_lookups);
  /// Does not wait for running look-ups; their results are dropped.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `done` is called later, from the loop. Destroying the ticket withdraws the request.
  Ticket look_up(const std::string& host, Family family, Done done);
  void withdraw(Ticket ticket);

  /// Running look-ups that count.
  std::size_t running() const { return counting_; }
  /// Threads that are still in the C library.
  std::size_t threads() const { return counting_ + aside_; }

  static Result system_lookup(const std::string& host, Family family);

 private:
  struct Question;
  struct Mailbox;
  using Questions = std::list<Question>;

  Question* shareable(const std::string& host, Family family);
  Question* next_to_start();
  void start_waiting();
  bool start(Question& question);
  void set_aside(Question& question);
  void finish(std::uint64_t question, const Result& result);
  void arm();
  void tick();

  asio::io_context& context_;
  Lookup lookup_;
  std::shared_ptr<Mailbox> mailbox_;
  Questions questions_;
  std::map<std::string, std::size_t> threads_of_;  ///< by domain
  std::size_t counting_ = 0;
  std::size_t aside_ = 0;
  base::FairShare::Member share_;
  base::FairShare::Member hanging_share_;
  asio::steady_timer timer_;
  bool armed_ = false;
  std::uint64_t last_number_ = 0;
  Lifetime lifetime_;
};

/// The addresses that need no look-up: an IP address in any spelling (net/host.h), and those of localhost,
/// which not every machine's hosts file has for IPv6. Empty for any other name.
std::vector<asio::ip::address> known_addresses(const std::string& host, Family family);

}  // namespace serialtcp::io
