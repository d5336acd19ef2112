#include "service/associations.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/clock.h"

namespace serialtcp::io {

namespace {

// With a limit, the bytes of this fraction of a second may be sent at once, and at least one datagram of the
// usual size on the Internet.
constexpr std::uint64_t kBurstsPerSecond = 4;
constexpr std::uint64_t kLeastBurst = 1500;

std::optional<base::Bucket> budget(const std::optional<std::uint64_t>& limit) {
  if (!limit) return std::nullopt;
  return base::Bucket(std::max(*limit / kBurstsPerSecond, kLeastBurst), *limit, now());
}

}  // namespace

// ---- Association ----

Association::Association(Associations& all, StreamId id, std::uint64_t number)
    : all_(all), id_(id), number_(number), since_(now()) {}

void Association::take(ByteView datagram) {
  all_.used(*this);
  if (!all_.within_limit(Associations::Way::in, datagram.size())) return;
  const Time time = now();
  const auto fate = all_.connections_.endpoint().send_datagram(id_, datagram, all_.terms_.late, time);
  if (fate == DatagramFate::waits) sent_.add(datagram.size(), time);
  all_.connections_.kick();
}

void Association::readable() {
  while (ready()) {
    const auto result = all_.connections_.endpoint().read_datagram(id_, now());
    if (!result) return;
    if (result->datagram) {
      all_.used(*this);
      received_.add(result->datagram->size(), now());
      if (all_.within_limit(Associations::Way::out, result->datagram->size())) deliver(*result->datagram);
    }
    // The other end has no more, so no answer can come.
    if (result->end) return end(ResetReason::aborted, "closed by the other end");
    if (!result->datagram) break;
  }
  all_.connections_.kick();
}

void Association::closed() {
  over("closed");
}

void Association::reset(ResetReason reason) {
  if (place_) was_reset(reason);
  over(reason == ResetReason::aborted ? "closed by the other end"
                                      : fmt::format("reset: {}", describe(reason)));
}

void Association::abandon() {
  over("");
}

void Association::closed_by_user(std::string_view how) {
  over(how);
}

std::optional<StreamFigures> Association::figures(Time now) const {
  return StreamFigures{.number = number_,
                       .since = since_,
                       .sent = sent_.figures(now),
                       .received = received_.figures(now),
                       .client = ends_.client,
                       .target = ends_.target};
}

void Association::end(ResetReason reason, std::string_view how) {
  all_.connections_.endpoint().reset(id_, reason, now());
  all_.connections_.let_go(id_);
  all_.connections_.kick();
  over(how);
}

void Association::over(std::string_view how) {
  if (!place_) return;
  const auto self = **place_;  // keeps it alive until the end of this function
  if (told_ && !how.empty()) {
    all_.connections_.observer().connection_over(
        number_, Observer::Ending::in_order,
        fmt::format("{}, {} datagrams sent, {} received", how, sent_.count(), received_.count()));
  }
  all_.remove(*this);
  close();
}

// ---- Associations ----

Associations::Associations(Connections& connections, const DatagramTerms& terms)
    : connections_(connections),
      terms_(terms),
      in_(budget(terms.limit)),
      out_(budget(terms.limit)),
      timer_(connections.context()) {}

Associations::~Associations() {
  while (!by_age_.empty()) by_age_.front()->abandon();
}

void Associations::add(std::shared_ptr<Association> association, std::string_view what,
                       Association::Ends ends) {
  if (by_age_.size() >= kMost) by_age_.front()->end(ResetReason::aborted, "evicted by a new association");
  Association& added = *association;
  connections_.hold(added.id(), association);
  added.last_used_ = now();
  added.ends_ = std::move(ends);
  added.place_ = by_age_.insert(by_age_.end(), std::move(association));
  added.told_ = told_.try_take(now());
  if (added.told_) connections_.observer().connection(added.number_, what);
  arm();
}

void Associations::tell(std::uint64_t number, std::string_view what) {
  if (told_.try_take(now())) connections_.observer().connection(number, what);
}

bool Associations::within_limit(Way way, std::size_t size) {
  std::optional<base::Bucket>& budget = way == Way::in ? in_ : out_;
  if (!budget) return true;
  // The last one may be longer than what is left; the next ones wait until this is compensated.
  if (budget->available(now()) == 0) return false;
  budget->take(size);
  return true;
}

void Associations::used(Association& association) {
  association.last_used_ = now();
  if (association.place_) by_age_.splice(by_age_.end(), by_age_, *association.place_);
}

void Associations::remove(Association& association) {
  by_age_.erase(*association.place_);
  association.place_.reset();
}

/// For the least recently used one; the others were used later.
void Associations::arm() {
  if (armed_ || by_age_.empty()) return;
  armed_ = true;
  timer_.expires_after(by_age_.front()->last_used_ + terms_.idle - now());
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (cancelled) return;
    armed_ = false;
    end_idle();
  }));
}

void Associations::end_idle() {
  while (!by_age_.empty() && now() - by_age_.front()->last_used_ >= terms_.idle) {
    by_age_.front()->end(ResetReason::aborted,
                         fmt::format("closed after {:g} s without a datagram",
                                     std::chrono::duration<double>(terms_.idle).count()));
  }
  arm();
}

}  // namespace serialtcp::io
