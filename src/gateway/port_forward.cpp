#include "gateway/port_forward.h"

#include <fmt/format.h>

#include <utility>

#include "net/listen_addresses.h"
#include "net/tcp_listener.h"

namespace serialtcp::gateway {

PortForward::PortForward(io::asio::io_context& context, const ForwardWish& wish, std::string name,
                         io::Observer& observer, Entrance entrance)
    : context_(context),
      wish_(wish),
      name_(std::move(name)),
      observer_(observer),
      entrance_(std::move(entrance)) {}

PortForward::~PortForward() {
  if (listener_) listener_->close();
  for (const auto& weak : relays_) {
    if (const auto relay = weak.lock()) relay->stop();
  }
}

std::expected<std::unique_ptr<PortForward>, std::string> PortForward::listen(io::asio::io_context& context,
                                                                             const ForwardWish& wish,
                                                                             const std::string& name,
                                                                             io::Observer& observer,
                                                                             Entrance entrance) {
  auto listener = io::TcpListener::listen(context, wish.listen, observer);
  if (!listener) return std::unexpected(std::move(listener.error()));
  std::unique_ptr<PortForward> made(new PortForward(context, wish, name, observer, std::move(entrance)));
  for (const io::tcp::endpoint& at : (*listener)->addresses())
    made->places_.push_back(io::to_string(io::Target{at.address().to_string(), at.port()}));
  made->listener_ = std::move(*listener);
  made->listener_->on_accepted([forward = made.get()](io::StreamSocket client, const std::string& from) {
    forward->accepted(std::move(client), from);
  });
  made->listener_->start();
  return made;
}

std::string PortForward::text() const {
  return fmt::format("{} (port {} of the device)", io::list_of(places_), wish_.port);
}

void PortForward::accepted(io::StreamSocket client, const std::string& from) {
  forget_ended();
  const auto at = entrance_(wish_.port);
  if (!at || relays_.size() >= kMostConnections) {
    observer_.note(fmt::format(
        "{}: {} is refused: {}", name_, from,
        at ? fmt::format("{} connections to port {} of the device are open", kMostConnections, wish_.port)
           : at.error()));
    io::ErrorCode ignored;
    client.set_option(io::asio::socket_base::linger(true, 0), ignored);  // closed by a reset
    return;
  }
  enter(std::make_shared<io::StreamSocket>(std::move(client)), *at);
}

void PortForward::enter(std::shared_ptr<io::StreamSocket> client, std::uint16_t entrance) {
  const auto inside = std::make_shared<io::tcp::socket>(context_);
  inside->async_connect({io::asio::ip::address_v4::loopback(), entrance},
                        lifetime_.guard([this, client, inside](io::ErrorCode error) {
                          if (!error) relays_.push_back(Relay::start(std::move(*client), std::move(*inside)));
                        }));
}

void PortForward::forget_ended() {
  std::erase_if(relays_, [](const std::weak_ptr<Relay>& relay) { return relay.expired(); });
}

}  // namespace serialtcp::gateway
