// One detached thread a lookup; a mailbox that the threads share outlives the Resolver.
#include "io/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>

#include "io/clock.h"
#include "io/error_text.h"

namespace serialtcp::io {

/// The way back from a thread to the loop, shut when the Resolver goes.
struct Resolver::Mailbox {
  std::mutex mutex;
  Resolver* owner = nullptr;
};

struct Resolver::Question {
  enum class State { waiting, running };
  std::uint64_t number = 0;
  std::string host;
  Family family = Family::ipv4;
  State state = State::waiting;
  Time started = {};
  std::map<Ticket, Done> askers = {};
};

Resolver::Resolver(asio::io_context& context, Lookup lookup, std::shared_ptr<base::FairShare> threads)
    : context_(context),
      lookup_(std::move(lookup)),
      mailbox_(std::make_shared<Mailbox>()),
      share_(std::move(threads), [this] { return running_; }) {
  mailbox_->owner = this;
}

Resolver::~Resolver() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->owner = nullptr;
}

Resolver::Ticket Resolver::look_up(const std::string& host, Family family, Done done) {
  const Ticket ticket = ++last_number_;
  const auto shared = std::find_if(questions_.begin(), questions_.end(), [&](const Question& question) {
    const bool fresh = question.state == Question::State::waiting || now() - question.started < kShareFor;
    return fresh && question.host == host && question.family == family;
  });
  if (shared != questions_.end()) {
    shared->askers.emplace(ticket, std::move(done));
    return ticket;
  }
  questions_.push_back({.number = ticket, .host = host, .family = family});
  questions_.back().askers.emplace(ticket, std::move(done));
  start_waiting();
  return ticket;
}

void Resolver::withdraw(Ticket ticket) {
  for (Question& question : questions_) question.askers.erase(ticket);
  std::erase_if(questions_, [](const Question& question) {
    return question.state == Question::State::waiting && question.askers.empty();
  });
}

void Resolver::start_waiting() {
  for (Question& question : questions_) {
    if (!share_.may_add()) return;
    if (question.state == Question::State::running) continue;
    if (start(question)) continue;
    if (running_ > 0) return;  // no thread to be had: one of ours that ends makes room
    asio::post(context_, lifetime_.guard([this, number = question.number] {
      finish(number, std::unexpected(ResetReason::no_resources));
    }));
    return;
  }
}

bool Resolver::start(Question& question) {
  const auto work = [mailbox = mailbox_, lookup = lookup_, host = question.host, family = question.family,
                     number = question.number] {
    Result result = lookup(host, family);
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->owner == nullptr) return;
    asio::post(mailbox->owner->context_, [mailbox, number, result = std::move(result)] {
      Resolver* owner = mailbox->owner;  // only the loop's own thread changes it
      if (owner == nullptr) return;
      --owner->running_;
      owner->finish(number, result);
    });
  };
  try {
    std::thread(work).detach();
  } catch (const std::system_error&) {
    return false;
  }
  ++running_;
  question.state = Question::State::running;
  question.started = now();
  return true;
}

void Resolver::finish(std::uint64_t number, const Result& result) {
  const auto found = std::find_if(questions_.begin(), questions_.end(),
                                  [number](const Question& question) { return question.number == number; });
  if (found == questions_.end()) return;
  auto askers = std::move(found->askers);
  questions_.erase(found);
  start_waiting();
  for (auto& [ticket, done] : askers) done(result);
}

Resolver::Result Resolver::system_lookup(const std::string& host, Family family) {
  addrinfo hints{};
  hints.ai_family = family == Family::any ? AF_UNSPEC : family == Family::ipv6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failure == EAI_MEMORY || (failure == EAI_SYSTEM && shortage(errno) != Shortage::none)) {
    return std::unexpected(ResetReason::no_resources);
  }
  if (failure != 0) return std::unexpected(ResetReason::name_not_found);

  std::vector<asio::ip::address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::copy_n(reinterpret_cast<const std::byte*>(entry->ai_addr), entry->ai_addrlen,
                reinterpret_cast<std::byte*>(endpoint.data()));
    addresses.push_back(endpoint.address());
  }
  ::freeaddrinfo(list);
  return addresses;
}

std::vector<asio::ip::address> known_addresses(const std::string& host, Family family) {
  std::vector<asio::ip::address> known;
  ErrorCode error;
  if (host == "localhost") {
    if (family != Family::ipv6) known.emplace_back(asio::ip::address_v4::loopback());
    if (family != Family::ipv4) known.emplace_back(asio::ip::address_v6::loopback());
  } else if (const auto address = asio::ip::make_address(host, error); !error) {
    known.push_back(address);
  }
  return known;
}

std::expected<std::vector<asio::ip::address>, std::string> addresses_to_listen_at(const Target& at) {
  std::vector<asio::ip::address> known = known_addresses(at.host, at.family);
  if (!known.empty()) return known;
  auto found = Resolver::system_lookup(at.host, at.family);
  if (found) return std::move(*found);
  return std::unexpected("there is no host of that name: give an address of this machine, or only the port");
}

}  // namespace serialtcp::io
