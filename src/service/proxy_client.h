// ProxyClient: one client of a ProxyServer, until it is connected or has gone. Its first byte determines its
// protocol (service/proxy_conversation).
//
//   talking --requests--> asking --connected--> (its socket is a connection like any other)
//      |                    |
//      |                    +--not connected--> leaving
//      +--requests datagrams--> associated --it closes--> over
//      |                           +--the other end refuses--> leaving
//      +--refused--> leaving --it closes, or takes too long--> over
//
// It keeps itself alive by its pending waits until it is over.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "os/alarm.h"
#include "os/asio.h"
#include "service/forward_request.h"
#include "service/proxy_conversation.h"
#include "service/socks_relay.h"

namespace serialtcp::io {

class ProxyServer;

class ProxyClient : public std::enable_shared_from_this<ProxyClient> {
 public:
  /// `from` is for the log. The server must outlive this object, or call abandon().
  ProxyClient(ProxyServer& server, StreamSocket socket, std::string from);

  void start();
  /// Ends it at once; it calls nothing afterwards.
  void abandon();

  /// It has sent its request, and waits for the other end, or has its relay.
  bool has_asked() const { return state_ == State::asking || is_associated(); }
  bool is_associated() const { return state_ == State::associated; }

 private:
  enum class State : std::uint8_t { talking, asking, associated, leaving, over };

  void wait_for_patience();
  void wait_for_words();
  void readable();
  void ask(const ProxyRequest& request);
  void associate(const ProxyRequest& request);
  void watch_for_reset();
  void answered(const std::expected<wire::Address, ResetReason>& result);
  bool say(ByteView bytes);
  void tell(std::string_view what);
  void fail(ResetReason reason, std::string_view what, std::string_view why);
  void leave();
  void discard(State during);
  void let_go();
  void end();

  ProxyServer& server_;
  StreamSocket socket_;
  std::string from_;
  Alarm patience_;
  std::unique_ptr<ProxyConversation> conversation_;  ///< null before the first byte
  ProxyRequest request_;
  std::unique_ptr<ForwardRequest> forward_;
  std::shared_ptr<SocksRelay> relay_;
  State state_ = State::talking;
};

}  // namespace serialtcp::io
