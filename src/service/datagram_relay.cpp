// Outgoing: the address, whether it is permitted, perhaps the addresses of its name, a socket. Incoming: only
// from there.
#include "service/datagram_relay.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/cursor.h"
#include "net/address.h"
#include "net/datagram_path.h"
#include "net/udp_socket.h"
#include "os/clock.h"
#include "service/forward_text.h"

namespace serialtcp::io {

DatagramRelay::DatagramRelay(Connections& connections, const Config& config, StreamId id,
                             std::uint64_t number, Over over)
    : connections_(connections),
      config_(config),
      id_(id),
      number_(number),
      over_(std::move(over)),
      since_(now()) {}

// ---- Outgoing ----

void DatagramRelay::readable() {
  while (over_) {
    auto read = connections_.endpoint().read_datagram(id_, now());
    if (!read) return;  // it has just been reset; the event is pending
    if (read->datagram) {
      outgoing(*read->datagram);
      continue;
    }
    if (read->end) {
      connections_.endpoint().shut_write(id_, now());
      connections_.kick();
    }
    return;
  }
}

void DatagramRelay::outgoing(ByteView datagram) {
  base::Reader in(datagram);
  const auto to = wire::read_address(in);
  if (!to) return;  // malformed
  const AllowList::Verdict verdict = config_.allowed.judge(*to);
  if (verdict == AllowList::Verdict::refused) return refused(*to);
  if (const auto address = numeric(*to)) return send(Endpoint(*address, to->port), in.rest());
  outgoing_to_name(*to, in.rest());
}

void DatagramRelay::outgoing_to_name(const wire::Address& to, ByteView data) {
  const std::string host = host_text(to);
  if (const auto known = known_addresses(host, config_.family); !known.empty()) {
    return send_to_first(known, to, data);
  }
  const auto found = names_.find(host);
  const bool fresh =
      found != names_.end() && !found->second.asked && now() - found->second.known_at < kNameLife;
  if (fresh) return send_to_first(found->second.addresses, to, data);
  if (waiting_ >= kMaxWaiting || !ask_for(host)) return;
  names_.at(host).waiting.push_back({Bytes(data.begin(), data.end()), to.port, now()});
  ++waiting_;
}

/// True while the name is being resolved.
bool DatagramRelay::ask_for(const std::string& host) {
  auto found = names_.find(host);
  if (found == names_.end()) {
    if (names_.size() >= kMaxNames) {
      const auto idle = std::ranges::find_if(
          names_by_age_, [this](const std::string& name) { return !names_.at(name).asked; });
      if (idle == names_by_age_.end()) return false;
      names_.erase(*idle);
      names_by_age_.erase(idle);
    }
    found = names_.emplace(host, Name{}).first;
    names_by_age_.push_back(host);
  }
  if (found->second.asked) return true;
  found->second.asked = connections_.resolver().look_up(
      host, config_.family,
      [self = shared_from_this(), host](const Resolver::Result& result) { self->found(host, result); });
  return true;
}

void DatagramRelay::found(const std::string& host, const Resolver::Result& result) {
  if (!over_) return;
  Name& name = names_.at(host);
  name.asked.reset();
  name.known_at = now();
  name.addresses = result ? *result : std::vector<asio::ip::address>{};
  const std::vector<Waiting> waiting = std::exchange(name.waiting, {});
  waiting_ -= waiting.size();
  for (const Waiting& one : waiting) {
    if (now() - one.since <= config_.patience) send_to_first(name.addresses, {host, one.port}, one.data);
  }
}

/// The first permitted address of a name, or of localhost. A name that is permitted may resolve to any
/// address, as for a stream.
void DatagramRelay::send_to_first(const std::vector<asio::ip::address>& addresses,
                                  const wire::Address& wanted, ByteView data) {
  const AllowList::Verdict verdict = config_.allowed.judge(wanted);
  std::optional<Endpoint> best;
  for (const asio::ip::address& address : addresses) {
    const Endpoint one(address, wanted.port);
    if (!config_.allowed.permits(verdict, address, wanted.port)) continue;
    if (!best || (has_refused(*best) && !has_refused(one))) best = one;
  }
  if (best) return send(*best, data);
  if (!addresses.empty()) refused(to_address(addresses.front(), wanted.port));
}

void DatagramRelay::send(const Endpoint& to, ByteView data) {
  udp::socket* const socket = socket_for(to);
  if (socket == nullptr) return;
  remember(to);
  take_failures(*socket);  // else the socket reports an earlier error instead of sending this one
  ErrorCode ignored;       // a datagram that cannot be sent is lost
  socket->send_to(asio::buffer(data.data(), data.size()), to, 0, ignored);
  sent_.add(data.size(), now());
}

// ---- No receiver ----

bool DatagramRelay::has_refused(const Endpoint& correspondent) const {
  const auto found = refusers_.find(correspondent);
  return found != refusers_.end() && now() - found->second < kRefusedFor;
}

/// SOCKS has no code for it, so it is logged at this end.
void DatagramRelay::take_failures(udp::socket& socket) {
  while (const auto failure = take_failure(socket)) {
    if (failure->error != ECONNREFUSED) continue;
    if (refusers_.size() >= kMaxCorrespondents) refusers_.clear();
    refusers_.insert_or_assign(failure->to, now());
    if (std::exchange(nobody_told_, true)) continue;
    connections_.observer().connection(
        number_, fmt::format("nobody listens at {} (UDP): datagrams of the SOCKS client are lost there",
                             to_string(to_address(failure->to.address(), failure->to.port()))));
  }
}

/// Null if there are no descriptors, or no such addresses on this machine.
udp::socket* DatagramRelay::socket_for(const Endpoint& to) {
  auto& socket = to.protocol() == udp::v4() ? v4_ : v6_;
  if (socket) return &*socket;
  auto made = bound_udp_socket(connections_.context(), Endpoint(to.protocol(), 0), Ipv4Too::yes);
  if (!made) return nullptr;
  want_failures(*made);
  socket.emplace(std::move(*made));
  wait(*socket);
  return &*socket;
}

void DatagramRelay::remember(const Endpoint& correspondent) {
  if (!correspondents_.insert(correspondent).second) return;
  by_age_.push_back(correspondent);
  if (by_age_.size() <= kMaxCorrespondents) return;
  correspondents_.erase(by_age_.front());
  by_age_.pop_front();
}

/// Logged once: a client that was refused tries again and again.
void DatagramRelay::refused(const wire::Address& wanted) {
  if (std::exchange(refusal_told_, true)) return;
  connections_.observer().connection(
      number_,
      fmt::format("the other end asks for datagrams to {}, which is not allowed: start this end with "
                  "{}. This and others like it are dropped",
                  to_string(wanted), allowing_option(AllowedTo::connect, wanted)));
}

// ---- Incoming ----

void DatagramRelay::wait(udp::socket& socket) {
  socket.async_wait(udp::socket::wait_read, [self = shared_from_this(), &socket](ErrorCode error) {
    if (!error && self->over_) self->incoming(socket);
  });
}

void DatagramRelay::incoming(udp::socket& socket) {
  take_failures(socket);
  std::array<Byte, wire::kMaxAddress + kDatagramRoom> buffer;
  const MutableByteView room = MutableByteView(buffer).subspan(wire::kMaxAddress);
  take_datagrams(socket, room, [&](ByteView data, const Endpoint& from) {
    if (!correspondents_.contains(from)) return;
    // The address is written directly before the bytes.
    std::array<Byte, wire::kMaxAddress> head;
    base::Writer out(head);
    wire::write_address(to_address(from.address(), from.port()), out);
    const std::size_t begin = wire::kMaxAddress - out.size();
    std::ranges::copy(out.written(), buffer.begin() + static_cast<std::ptrdiff_t>(begin));
    const ByteView datagram = ByteView(buffer).subspan(begin, out.size() + data.size());
    const Time time = now();
    if (connections_.endpoint().send_datagram(id_, datagram, config_.patience, time))
      received_.add(data.size(), time);
  });
  connections_.kick();
  wait(socket);
}

// ---- The end ----

void DatagramRelay::closed() {
  finish(Observer::Ending::in_order,
         fmt::format("closed, {} datagrams sent, {} received", sent_.count(), received_.count()));
}

void DatagramRelay::reset(ResetReason reason) {
  finish(Observer::Ending::failed, fmt::format("reset: {}", describe(reason)));
}

void DatagramRelay::finish(Observer::Ending ending, std::string_view how) {
  connections_.observer().connection_over(number_, ending, how);
  Over over = std::exchange(over_, nullptr);
  abandon();
  if (over) over();
}

std::optional<StreamFigures> DatagramRelay::figures(Time now) const {
  return StreamFigures{.number = number_,
                       .since = since_,
                       .sent = received_.figures(now),
                       .received = sent_.figures(now),
                       .target = fmt::format("udp: {} addresses", correspondents_.size())};
}

void DatagramRelay::abandon() {
  over_ = nullptr;
  for (auto& [host, name] : names_) {
    if (name.asked) connections_.resolver().withdraw(*name.asked);
  }
  names_.clear();
  ErrorCode ignored;
  if (v4_) v4_->close(ignored);
  if (v6_) v6_->close(ignored);
}

}  // namespace serialtcp::io
