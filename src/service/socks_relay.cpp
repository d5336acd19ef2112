// After two reserved bytes and the number of a fragment, a client's datagram has the form that is sent: an
// address and the bytes.
#include "service/socks_relay.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/cursor.h"
#include "driver/failure_text.h"
#include "net/address.h"
#include "net/host.h"
#include "net/udp_socket.h"
#include "os/clock.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

constexpr std::size_t kSocksHead = 3;
constexpr std::size_t kFragment = 2;

}  // namespace

std::expected<std::shared_ptr<SocksRelay>, std::string> SocksRelay::open(Connections& connections,
                                                                         const Config& config, Over over) {
  auto socket = bound_udp_socket(connections.context(), udp::endpoint(config.at, 0), Ipv4Too::yes);
  if (!socket) {
    return std::unexpected(fmt::format("no socket for its datagrams on {}: {}", config.at.to_string(),
                                       listen_text(error_number(socket.error()))));
  }
  const auto id = connections.open(config.purpose, {});
  if (!id) return std::unexpected(std::string(open_failure(id.error())));
  std::shared_ptr<SocksRelay> relay(
      new SocksRelay(connections, config, std::move(*socket), *id, std::move(over)));
  connections.hold(*id, relay);
  relay->wait();
  return relay;
}

SocksRelay::SocksRelay(Connections& connections, const Config& config, udp::socket socket, StreamId id,
                       Over over)
    : connections_(connections),
      config_(config),
      socket_(std::move(socket)),
      id_(id),
      number_(connections.next_number()),
      over_(std::move(over)),
      since_(now()) {}

wire::Address SocksRelay::address() const {
  ErrorCode ignored;
  const udp::endpoint local = socket_.local_endpoint(ignored);
  return to_address(local.address(), local.port());
}

std::string SocksRelay::account() const {
  return fmt::format("{} datagrams sent, {} received", sent_.count(), received_.count());
}

// ---- From the client ----

void SocksRelay::wait() {
  socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (!error && self->over_) self->from_client();
  });
}

void SocksRelay::from_client() {
  std::array<Byte, kDatagramRoom> buffer;
  take_datagrams(socket_, buffer, [this](ByteView said, const udp::endpoint& from) {
    // Only a well-formed datagram can be the client's first one: it determines the port that is accepted from
    // then on.
    if (said.size() < kSocksHead || said[0] != 0 || said[1] != 0) return;
    if (said[kFragment] != 0) return;  // reassembly of fragments is optional, and not common
    const ByteView datagram = said.subspan(kSocksHead);
    base::Reader in(datagram);
    if (!wire::read_address(in) || !is_client(from)) return;
    const Time time = now();
    if (connections_.endpoint().send_datagram(id_, datagram, config_.patience, time))
      sent_.add(datagram.size(), time);
  });
  connections_.kick();
  wait();
}

bool SocksRelay::is_client(const udp::endpoint& from) {
  if (plain_address(from.address()) != plain_address(config_.client.address())) return false;
  if (config_.client.port() == 0) config_.client.port(from.port());
  return from.port() == config_.client.port();
}

// ---- To the client ----

void SocksRelay::readable() {
  while (over_) {
    const auto read = connections_.endpoint().read_datagram(id_, now());
    if (!read || !read->datagram) return;
    if (config_.client.port() == 0) continue;
    const std::array<Byte, kSocksHead> head{};
    const std::array<asio::const_buffer, 2> whole{asio::buffer(head), asio::buffer(*read->datagram)};
    ErrorCode ignored;  // what the client does not accept is lost
    socket_.send_to(whole, config_.client, 0, ignored);
    received_.add(read->datagram->size(), now());
  }
}

// ---- The end ----

void SocksRelay::reset(ResetReason reason) {
  end_with(request_failure(reason, "--allow HOST:PORT for each that is meant"));
}

void SocksRelay::end_with(std::string_view why) {
  Over over = std::exchange(over_, nullptr);
  abandon();
  if (over) over(std::string(why));
}

std::optional<StreamFigures> SocksRelay::figures(Time now) const {
  const wire::Address client = to_address(config_.client.address(), config_.client.port());
  return StreamFigures{.number = number_,
                       .since = since_,
                       .sent = sent_.figures(now),
                       .received = received_.figures(now),
                       .client = to_string(client)};
}

void SocksRelay::end() {
  if (!std::exchange(over_, nullptr)) return;
  connections_.endpoint().reset(id_, ResetReason::aborted, now());
  connections_.kick();
  connections_.let_go(id_);
  abandon();
}

void SocksRelay::abandon() {
  over_ = nullptr;
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace serialtcp::io
