// Resolver: names to addresses, without ever blocking the loop. The C library can only look a name up by blocking, and
// cannot be interrupted, so each look-up has a thread of its own; Asio's resolver has one for all, which one name
// without an answer would hold up.
//
//   waiting --a thread is free--> counting --it takes long, or nobody waits for it any more--> set aside
//      |                             |                                                            |
//      +--nobody waits any more      +--answer                                                    +--answer
//
// The next look-up starts when few enough are counting. One that was set aside keeps its thread until the C library
// gives up, but delays nobody. When threads are short, the name goes first whose domain has the fewest of them.
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
  /// Looks one name up, blocking as long as it takes. Called on other threads.
  using Lookup = std::function<Result(const std::string& host, Family family)>;
  using Ticket = std::uint64_t;

  /// A lookup older than this is not shared any more: the network may have come back since it began.
  static constexpr Duration kShareFor = std::chrono::seconds(3);
  /// A look-up that takes longer is set aside. Name servers that are there answer faster.
  static constexpr Duration kCountsFor = std::chrono::milliseconds(250);
  /// Threads for names of one domain (the last two labels), set aside or not: a name server that does not answer
  /// leaves the others to other domains.
  static constexpr std::size_t kMostOfOneDomain = 64;
  /// Who has waited for so long hears timed_out.
  static constexpr Duration kPatience = std::chrono::seconds(30);

  /// `threads` and `hanging` are those of all resolvers of the process (net/process_shares.h). The same name asked for
  /// again shares a look-up.
  explicit Resolver(asio::io_context& context, Lookup lookup = system_lookup,
                    std::shared_ptr<base::FairShare> threads = ProcessShares().lookups,
                    std::shared_ptr<base::FairShare> hanging = ProcessShares().hanging_lookups);
  /// Does not wait for lookups under way; their results are dropped.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `done` is called from the loop, later. The ticket withdraws the question.
  Ticket look_up(const std::string& host, Family family, Done done);
  void withdraw(Ticket ticket);

  /// Look-ups under way that count.
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

/// The addresses that need no looking up: one written as a number, in whatever spelling (net/host.h), and localhost's,
/// which not every machine's files know for IPv6. None for any other name.
std::vector<asio::ip::address> known_addresses(const std::string& host, Family family);

}  // namespace serialtcp::io
