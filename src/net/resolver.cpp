// One detached thread for each look-up. The threads share a mailbox, which outlives the Resolver.
#include "net/resolver.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "net/host.h"
#include "net/lookup_failure.h"
#include "os/clock.h"
#include "os/thread.h"

namespace serialtcp::io {

namespace {

/// The C library's modules for names need some tens of kB.
constexpr std::size_t kStack = 512 * 1024;

/// The last two labels of a name; empty for a name with only one.
std::string domain_of(const std::string& host) {
  const std::string name = plain_name(host);
  const std::size_t last = name.rfind('.');
  if (last == std::string::npos || last == 0) return "";
  const std::size_t before = name.rfind('.', last - 1);
  return before == std::string::npos ? name.substr(last + 1) : name.substr(before + 1);
}

}  // namespace

/// The way from a thread back to the loop, closed when the Resolver is destroyed.
struct Resolver::Mailbox {
  std::mutex mutex;
  Resolver* owner = nullptr;
};

struct Resolver::Question {
  enum class State { waiting, counting, aside };
  struct Asker {
    Done done;
    Time until;
  };
  std::uint64_t number = 0;
  std::string host;
  Family family = Family::ipv4;
  std::string domain = {};
  State state = State::waiting;
  Time started = {};
  std::map<Ticket, Asker> askers = {};
};

Resolver::Resolver(asio::io_context& context, Lookup lookup, std::shared_ptr<base::FairShare> threads,
                   std::shared_ptr<base::FairShare> hanging)
    : context_(context),
      lookup_(std::move(lookup)),
      mailbox_(std::make_shared<Mailbox>()),
      share_(std::move(threads), [this] { return counting_; }),
      hanging_share_(std::move(hanging), [this] { return aside_; }),
      timer_(context) {
  mailbox_->owner = this;
}

Resolver::~Resolver() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->owner = nullptr;
}

Resolver::Ticket Resolver::look_up(const std::string& host, Family family, Done done) {
  const Ticket ticket = ++last_number_;
  Question::Asker asker{std::move(done), now() + kPatience};
  if (Question* const shared = shareable(host, family)) {
    shared->askers.emplace(ticket, std::move(asker));
    return ticket;
  }
  questions_.push_back({.number = ticket, .host = host, .family = family, .domain = domain_of(host)});
  questions_.back().askers.emplace(ticket, std::move(asker));
  start_waiting();
  arm();
  return ticket;
}

Resolver::Question* Resolver::shareable(const std::string& host, Family family) {
  const auto found = std::ranges::find_if(questions_, [&](const Question& question) {
    const bool fresh = question.state == Question::State::waiting || now() - question.started < kShareFor;
    return fresh && question.host == host && question.family == family;
  });
  return found == questions_.end() ? nullptr : &*found;
}

void Resolver::withdraw(Ticket ticket) {
  const auto asked = std::ranges::find_if(
      questions_, [ticket](Question& question) { return question.askers.erase(ticket) > 0; });
  if (asked == questions_.end() || !asked->askers.empty()) return;
  if (asked->state == Question::State::waiting) {
    questions_.erase(asked);
  } else if (asked->state == Question::State::counting) {
    set_aside(*asked);
    start_waiting();
  }
}

// ---- Threads ----

/// Of the waiting names, the first one of the domain with the fewest threads; null when none may start.
Resolver::Question* Resolver::next_to_start() {
  if (!share_.may_add()) return nullptr;
  Question* best = nullptr;
  std::size_t fewest = kMostOfOneDomain;
  for (Question& question : questions_) {
    if (question.state != Question::State::waiting) continue;
    const auto threads = threads_of_.find(question.domain);
    const std::size_t count = threads == threads_of_.end() ? 0 : threads->second;
    if (count >= fewest) continue;
    best = &question;
    fewest = count;
    if (count == 0) break;
  }
  return best;
}

void Resolver::start_waiting() {
  while (Question* const next = next_to_start()) {
    if (start(*next)) continue;
    if (threads() > 0) return;  // no thread can be created: try again when one of ours ends
    asio::post(context_, lifetime_.guard([this, number = next->number] {
      finish(number, std::unexpected(ResetReason::no_resources));
    }));
    return;
  }
}

bool Resolver::start(Question& question) {
  std::move_only_function<void()> work = [mailbox = mailbox_, lookup = lookup_, host = question.host,
                                          family = question.family, number = question.number] {
    Result result = lookup(host, family);
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->owner == nullptr) return;
    asio::post(mailbox->owner->context_, [mailbox, number, result = std::move(result)] {
      Resolver* owner = mailbox->owner;  // only the thread of the loop changes it
      if (owner != nullptr) owner->finish(number, result);
    });
  };
  const auto thread = start_thread(std::move(work), kStack);
  if (!thread) return false;
  ::pthread_detach(*thread);
  ++counting_;
  ++threads_of_[question.domain];
  question.state = Question::State::counting;
  question.started = now();
  return true;
}

/// Sets it aside, if that is permitted for one more; otherwise it continues to count.
void Resolver::set_aside(Question& question) {
  if (!hanging_share_.may_add()) return;
  question.state = Question::State::aside;
  --counting_;
  ++aside_;
}

void Resolver::finish(std::uint64_t number, const Result& result) {
  const auto found = std::ranges::find(questions_, number, &Question::number);
  if (found == questions_.end()) return;
  if (found->state != Question::State::waiting) {
    --(found->state == Question::State::counting ? counting_ : aside_);
    const auto threads = threads_of_.find(found->domain);
    if (--threads->second == 0) threads_of_.erase(threads);
  }
  auto askers = std::move(found->askers);
  questions_.erase(found);
  start_waiting();
  for (auto& [ticket, asker] : askers) asker.done(result);
}

// ---- Time ----

/// Checks every kCountsFor, as long as any request waits or any look-up counts.
void Resolver::arm() {
  if (armed_ || questions_.empty()) return;
  armed_ = true;
  timer_.expires_after(kCountsFor);
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (cancelled) return;
    armed_ = false;
    tick();
  }));
}

void Resolver::tick() {
  const Time time = now();
  std::vector<Done> too_late;
  for (auto question = questions_.begin(); question != questions_.end();) {
    // Ticket numbers increase, so the oldest requests are first.
    while (!question->askers.empty() && question->askers.begin()->second.until <= time) {
      too_late.push_back(std::move(question->askers.begin()->second.done));
      question->askers.erase(question->askers.begin());
    }
    const bool unwanted = question->askers.empty();
    if (question->state == Question::State::counting &&
        (unwanted || time - question->started >= kCountsFor)) {
      set_aside(*question);
    }
    const bool over = unwanted && question->state == Question::State::waiting;
    question = over ? questions_.erase(question) : std::next(question);
  }
  start_waiting();
  arm();
  for (Done& done : too_late) done(std::unexpected(ResetReason::timed_out));
}

// ---- The C library ----

Resolver::Result Resolver::system_lookup(const std::string& host, Family family) {
  addrinfo hints{};
  hints.ai_family = family == Family::any ? AF_UNSPEC : family == Family::ipv6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failure != 0) return std::unexpected(lookup_reason(failure));

  std::vector<asio::ip::address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::copy_n(reinterpret_cast<const std::byte*>(entry->ai_addr), entry->ai_addrlen,
                reinterpret_cast<std::byte*>(endpoint.data()));
    addresses.push_back(plain_address(endpoint.address()));
  }
  ::freeaddrinfo(list);
  return addresses;
}

std::vector<asio::ip::address> known_addresses(const std::string& host, Family family) {
  std::vector<asio::ip::address> known;
  if (is_localhost(host)) {
    if (family != Family::ipv6) known.emplace_back(asio::ip::address_v4::loopback());
    if (family != Family::ipv4) known.emplace_back(asio::ip::address_v6::loopback());
  } else if (const auto address = written_address(host)) {
    known.push_back(*address);
  }
  return known;
}

}  // namespace serialtcp::io
