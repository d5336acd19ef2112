// The list of clients.
#include "service/proxy_server.h"

#include <algorithm>
#include <utility>

#include "service/proxy_client.h"

namespace serialtcp::io {

ProxyServer::ProxyServer(Connections& connections, std::unique_ptr<FrontEnd> front_end, Config config)
    : connections_(connections), front_end_(std::move(front_end)), config_(std::move(config)) {
  front_end_->on_accepted(
      [this](StreamSocket socket, const std::string& from) { accepted(std::move(socket), from); });
  front_end_->expect(connections_.endpoint().rate());
}

ProxyServer::~ProxyServer() {
  stop();
}

void ProxyServer::link_up() {
  if (front_end_) front_end_->start();
}

void ProxyServer::link_down() {
  if (front_end_) front_end_->stop();
}

void ProxyServer::pause() {
  link_down();
}

void ProxyServer::go_on() {
  link_up();
}

void ProxyServer::refuse_clients() {
  if (front_end_) front_end_->close();
}

void ProxyServer::resume() {
  if (front_end_) front_end_->resume();
}

void ProxyServer::stop() {
  front_end_.reset();
  for (const auto& client : clients_) client->abandon();
  clients_.clear();
}

void ProxyServer::accepted(StreamSocket socket, const std::string& from) {
  if (clients_.size() >= kMaxUnanswered) {
    auto idlest = std::ranges::find_if(clients_, [](const auto& client) { return !client->has_asked(); });
    if (idlest == clients_.end()) idlest = clients_.begin();
    (*idlest)->abandon();
    clients_.erase(idlest);
  }
  clients_.push_back(std::make_shared<ProxyClient>(*this, std::move(socket), from));
  const auto client = clients_.back();
  client->start();
}

bool ProxyServer::has_room_for_relay() const {
  const auto relays =
      std::ranges::count_if(clients_, [](const auto& client) { return client->is_associated(); });
  return static_cast<std::size_t>(relays) < kMaxRelays;
}

void ProxyServer::over(const ProxyClient& client) {
  std::erase_if(clients_, [&client](const auto& one) { return one.get() == &client; });
  resume();
}

void serve_proxy(Connections& connections, std::unique_ptr<FrontEnd> front_end) {
  connections.add(std::make_unique<ProxyServer>(connections, std::move(front_end), ProxyServer::Config{}));
}

}  // namespace serialtcp::io
