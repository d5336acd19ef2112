#include "io/udp_listener.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "io/clock.h"
#include "io/error_text.h"
#include "io/forward_text.h"
#include "io/resolver.h"
#include "io/text.h"

namespace serialtcp::io {

namespace {

// It changes slowly, and to ask takes longer the more streams there are.
constexpr Duration kLineRateLife = std::chrono::milliseconds(500);

std::string text(const udp::endpoint& endpoint) {
  return to_string(Target{endpoint.address().to_string(), endpoint.port()});
}

}  // namespace

/// One client address.
class UdpListener::Client final : public Association {
 public:
  Client(UdpListener& listener, StreamId id, std::uint64_t number, const udp::endpoint& address)
      : Association(listener.associations_, id, number), listener_(listener), address_(address) {}

 private:
  void deliver(ByteView datagram) override {
    ErrorCode ignored;  // whoever is not there, or has no room, has lost it
    listener_.socket_.send_to(asio::buffer(datagram.data(), datagram.size()), address_, 0, ignored);
  }
  void close() override { listener_.clients_.erase(address_); }

  UdpListener& listener_;
  udp::endpoint address_;
};

UdpListener::UdpListener(Connections& connections, Purpose purpose, const DatagramTerms& terms)
    : purpose_(std::move(purpose)), socket_(connections.context()), associations_(connections, terms) {}

std::expected<std::unique_ptr<UdpListener>, std::string> UdpListener::listen(Connections& connections,
                                                                             const Target& at,
                                                                             Purpose purpose,
                                                                             const DatagramTerms& terms) {
  const auto failed = [&at](std::string_view reason) {
    return std::unexpected(fmt::format("Could not listen on udp:{}: {}", to_string(at), reason));
  };
  const auto addresses = addresses_to_listen_at(at);
  if (!addresses) return failed(addresses.error());
  std::unique_ptr<UdpListener> listener(new UdpListener(connections, std::move(purpose), terms));
  ErrorCode error = asio::error::address_family_not_supported;
  for (const asio::ip::address& address : *addresses) {
    error = listener->bind(udp::endpoint(address, at.port));
    if (!error) break;
  }
  if (error) return failed(listen_text(error.value()));
  listener->wait();
  return listener;
}

ErrorCode UdpListener::bind(const udp::endpoint& endpoint) {
  ErrorCode error;
  socket_.close(error);
  socket_.open(endpoint.protocol(), error);
  if (!error) socket_.bind(endpoint, error);
  if (!error) socket_.non_blocking(true, error);
  return error;
}

udp::endpoint UdpListener::address() const {
  ErrorCode ignored;
  return socket_.local_endpoint(ignored);
}

void UdpListener::stop() {
  ErrorCode ignored;
  socket_.close(ignored);
}

void UdpListener::wait() {
  if (!socket_.is_open()) return;
  socket_.async_wait(udp::socket::wait_read, lifetime_.guard([this](ErrorCode error) {
    if (error == asio::error::operation_aborted || !socket_.is_open()) return;
    take_datagrams(socket_, buffer_,
                   [this](ByteView bytes, const udp::endpoint& from) { datagram(bytes, from); });
    wait();
  }));
}

void UdpListener::datagram(ByteView bytes, const udp::endpoint& from) {
  if (!associations_.connections().endpoint().link_up()) return;
  const auto known = clients_.find(from);
  const std::shared_ptr<Client> client = known == clients_.end() ? begin(from) : known->second.lock();
  if (client) client->take(bytes);
}

bool UdpListener::may_begin() {
  const Time time = now();
  if (line_rate_known_ == Time::min() || time - line_rate_known_ >= kLineRateLife) {
    line_rate_ = associations_.connections().endpoint().stats().rate_bytes_per_second;
    line_rate_known_ = time;
  }
  return openings_.take(line_rate_, time);
}

std::shared_ptr<UdpListener::Client> UdpListener::begin(const udp::endpoint& from) {
  if (!may_begin()) return nullptr;
  Connections& connections = associations_.connections();
  const std::uint64_t number = connections.next_number();
  const auto id = connections.open(purpose_, {});
  const std::string what = fmt::format("{}UDP from {}", service_label(purpose_.name), text(from));
  if (!id) {
    associations_.tell(number, fmt::format("{}, dropped: {}", what, open_failure(id.error())));
    return nullptr;
  }
  const auto client = std::make_shared<Client>(*this, *id, number, from);
  clients_.insert_or_assign(from, client);
  associations_.add(client, what);
  return client;
}

}  // namespace serialtcp::io
