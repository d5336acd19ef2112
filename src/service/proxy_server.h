// ProxyServer: a proxy (-D) whose clients request connections to addresses at the other end. Owns its
// listener, and the clients until they are connected; then they are connections like any other. It does not
// parse (service/proxy_conversation) and does not decide: the other end permits a connection or not.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "driver/connections.h"
#include "driver/stream_service.h"
#include "net/front_end.h"
#include "os/asio.h"
#include "serialtcp/service.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ProxyClient;

class ProxyServer final : public StreamService {
 public:
  struct Config {
    Purpose purpose{services::kForward};  ///< of every stream; the user chooses its priority
    Shapers shapers = {};                 ///< of all connections together
    /// A client that has not sent its request after this time is disconnected; so is one that was refused and
    /// does not close.
    Duration patience = std::chrono::seconds(30);
    Duration datagram_patience =
        std::chrono::seconds(1);  ///< that a datagram can wait for its turn on the line
  };

  /// Clients that are not connected (yet), including those with a relay for datagrams. A further one evicts
  /// the oldest that has not sent its request (or, if all have, the oldest), so that clients that stall do
  /// not lock others out. Browsers open tens at once.
  static constexpr std::size_t kMaxUnanswered = 256;

  /// Clients with a relay for datagrams, each with one more socket. Further ones are refused.
  static constexpr std::size_t kMaxRelays = 128;

  /// The connections must outlive this object.
  ProxyServer(Connections& connections, std::unique_ptr<FrontEnd> front_end, Config config);
  ~ProxyServer() override;

  void link_up() override;
  void link_down() override;
  void pause() override;
  void go_on() override;
  void refuse_clients() override;
  void resume() override;
  void stop() override;

  std::size_t unanswered() const { return clients_.size(); }

 private:
  friend class ProxyClient;

  void accepted(StreamSocket socket, const std::string& from);
  void over(const ProxyClient& client);
  bool has_room_for_relay() const;

  Connections& connections_;
  std::unique_ptr<FrontEnd> front_end_;  ///< null after stop()
  Config config_;
  std::list<std::shared_ptr<ProxyClient>> clients_;  ///< the oldest one first
};

/// Adds a ProxyServer with the usual configuration to the connections.
void serve_proxy(Connections& connections, std::unique_ptr<FrontEnd> front_end);

}  // namespace serialtcp::io
