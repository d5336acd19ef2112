// Resolver: names to addresses, without ever blocking the loop. The C library can only look a name up by
// blocking, so each lookup has a thread of its own; Asio's resolver has one for all, which one hanging name
// would hold up.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fair_share.h"
#include "io/asio.h"
#include "io/lifetime.h"
#include "io/process_shares.h"
#include "io/target.h"
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

  /// `threads` are those of all resolvers of the process (io/process_shares.h). More names than there are
  /// threads for wait for one of this resolver's to be done; the same name asked for again shares.
  explicit Resolver(asio::io_context& context, Lookup lookup = system_lookup,
                    std::shared_ptr<base::FairShare> threads = ProcessShares().lookups);
  /// Does not wait for lookups under way; their results are dropped.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `done` is called from the loop, later. The ticket withdraws the question.
  Ticket look_up(const std::string& host, Family family, Done done);
  void withdraw(Ticket ticket);

  /// Threads now busy.
  std::size_t running() const { return running_; }

  static Result system_lookup(const std::string& host, Family family);

 private:
  struct Question;
  struct Mailbox;

  void start_waiting();
  bool start(Question& question);
  void finish(std::uint64_t question, const Result& result);

  asio::io_context& context_;
  Lookup lookup_;
  std::shared_ptr<Mailbox> mailbox_;
  std::list<Question> questions_;
  std::size_t running_ = 0;
  base::FairShare::Member share_;
  std::uint64_t last_number_ = 0;
  Lifetime lifetime_;
};

/// The addresses that need no looking up: one written as a number, and localhost's, which not every machine's
/// files know for IPv6. None for any other name.
std::vector<asio::ip::address> known_addresses(const std::string& host, Family family);

/// Where to listen, blocking to look up a name. The error completes "Could not listen on X: ...".
std::expected<std::vector<asio::ip::address>, std::string> addresses_to_listen_at(const Target& at);

}  // namespace serialtcp::io
