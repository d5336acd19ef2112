#include "service/udp_listener.h"

#include <fmt/format.h>

#include <utility>

#include "driver/failure_text.h"
#include "net/icmp_refusal.h"
#include "net/listen_addresses.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

// The rate changes slowly, and computing it takes longer the more streams there are.
constexpr Duration kLineRateLife = std::chrono::milliseconds(500);

std::string text(const udp::endpoint& endpoint) {
  return to_string(Target{endpoint.address().to_string(), endpoint.port()});
}

// Maximum of ICMP messages to clients without a target: no more than a kernel sends.
constexpr std::uint64_t kRefusalsAtOnce = 50;
constexpr std::uint64_t kRefusalsPerSecond = 50;
/// That these cannot be sent is reported at most this often.
constexpr Duration kNotToldSilence = std::chrono::minutes(10);

}  // namespace

/// One client address, and the address of this machine that it sends to.
class UdpListener::Client final : public Association {
 public:
  Client(UdpListener& listener, Socket& socket, StreamId id, std::uint64_t number, const DatagramPath& path)
      : Association(listener.associations_, id, number), listener_(listener), socket_(socket), path_(path) {}

 private:
  void deliver(ByteView datagram) override {
    // A client that is not there, or has no space, loses it.
    [[maybe_unused]] const ErrorCode ignored = send_datagram(socket_, datagram, path_);
  }
  void was_reset(ResetReason reason) override { listener_.refuse(path_, reason); }
  void close() override { listener_.clients_.erase(path_); }

  UdpListener& listener_;
  Socket& socket_;
  DatagramPath path_;
};

UdpListener::UdpListener(Connections& connections, Purpose purpose, const DatagramTerms& terms)
    : purpose_(std::move(purpose)),
      refusals_(kRefusalsAtOnce, kRefusalsPerSecond),
      associations_(connections, terms) {}

std::expected<std::unique_ptr<UdpListener>, std::string> UdpListener::listen(Connections& connections,
                                                                             const Target& at,
                                                                             Purpose purpose,
                                                                             const DatagramTerms& terms) {
  const auto addresses = known_addresses_to_listen_at(at);
  if (addresses.empty())
    return std::unexpected(fmt::format("Could not listen on udp:{}: {}", to_string(at), kNoSuchHostHere));
  auto listener = listen(connections, addresses, at.port, std::move(purpose), terms);
  if (listener) return std::move(*listener);
  return std::unexpected(fmt::format("Could not listen on udp:{}: {}", to_string(at),
                                     listen_text(error_number(listener.error()))));
}

std::expected<std::unique_ptr<UdpListener>, ErrorCode> UdpListener::listen(
    Connections& connections, std::span<const asio::ip::address> addresses, std::uint16_t port,
    Purpose purpose, const DatagramTerms& terms) {
  std::unique_ptr<UdpListener> listener(new UdpListener(connections, std::move(purpose), terms));
  const auto bind = [&](const asio::ip::address& address, std::uint16_t at) {
    return listener->bind({address, at});
  };
  if (const ErrorCode error = bind_to_all(addresses, port, bind, [&] { listener->sockets_.clear(); }))
    return std::unexpected(error);
  for (Socket& socket : listener->sockets_) listener->wait(socket);
  return listener;
}

std::expected<std::uint16_t, ErrorCode> UdpListener::bind(const udp::endpoint& endpoint) {
  auto socket = bound_udp_socket(associations_.connections().context(), endpoint, Ipv4Too::no);
  if (!socket) return std::unexpected(socket.error());
  want_local_addresses(*socket);
  sockets_.push_back(std::move(*socket));
  return addresses().back().port();
}

std::vector<udp::endpoint> UdpListener::addresses() const {
  std::vector<udp::endpoint> all;
  for (const Socket& socket : sockets_) {
    ErrorCode ignored;
    all.push_back(socket.local_endpoint(ignored));
  }
  return all;
}

void UdpListener::stop() {
  for (Socket& socket : sockets_) {
    ErrorCode ignored;
    socket.close(ignored);
  }
}

void UdpListener::wait(Socket& socket) {
  if (!socket.is_open()) return;
  socket.async_wait(udp::socket::wait_read, lifetime_.guard([this, &socket](ErrorCode error) {
    if (error == asio::error::operation_aborted || !socket.is_open()) return;
    take_datagrams(socket);
    wait(socket);
  }));
}

/// At most a turn of them. Errors about earlier datagrams (no receiver, too long for a network on the way)
/// are ignored.
void UdpListener::take_datagrams(Socket& socket) {
  for (int i = 0; i < kDatagramsPerTurn && socket.is_open(); ++i) {
    const auto received = receive_datagram(socket, buffer_);
    if (!received && received.error() == asio::error::would_block) return;
    if (received && received->size <= limits::kMaxDatagram)
      datagram(socket, ByteView(buffer_).first(received->size), received->path);
  }
}

void UdpListener::datagram(Socket& socket, ByteView bytes, const DatagramPath& path) {
  if (!associations_.connections().endpoint().link_up()) return;
  const auto known = clients_.find(path);
  const std::shared_ptr<Client> client = known == clients_.end() ? begin(socket, path) : known->second.lock();
  if (client) client->take(bytes);
}

/// The other end has detected that the target is not there.
void UdpListener::refuse(const DatagramPath& path, ResetReason reason) {
  if (!refusals_.try_take(now())) return;
  const std::uint16_t port = addresses().front().port();
  if (refuse_datagram(associations_.connections().context(), path, port, reason) != Refusal::not_permitted)
    return;
  if (not_told_ != Time::min() && now() - not_told_ < kNotToldSilence) return;
  not_told_ = now();
  associations_.connections().observer().note(fmt::format(
      "the target of {}UDP refuses datagrams ({}), and the client {} cannot be notified by ICMP: this {}. "
      "Without it, clients get no answer",
      service_label(purpose_.name), describe(reason), text(path.peer), kIcmpNeeds));
}

bool UdpListener::may_begin() {
  const Time time = now();
  if (line_rate_known_ == Time::min() || time - line_rate_known_ >= kLineRateLife) {
    line_rate_ = associations_.connections().endpoint().stats().rate_bytes_per_second;
    line_rate_known_ = time;
  }
  return openings_.take(line_rate_, time);
}

std::shared_ptr<UdpListener::Client> UdpListener::begin(Socket& socket, const DatagramPath& path) {
  if (!may_begin()) return nullptr;
  Connections& connections = associations_.connections();
  const std::uint64_t number = connections.next_number();
  const auto id = connections.open(purpose_, {});
  const std::string what = fmt::format("{}UDP from {}", service_label(purpose_.name), text(path.peer));
  if (!id) {
    associations_.tell(number, fmt::format("{}, dropped: {}", what, open_failure(id.error())));
    return nullptr;
  }
  const auto client = std::make_shared<Client>(*this, socket, *id, number, path);
  clients_.insert_or_assign(path, client);
  associations_.add(client, what, {.client = text(path.peer)});
  return client;
}

}  // namespace serialtcp::io
