// Connections: all TCP connections of one end, each tied to a stream of the Endpoint. Makes them: accepts for
// a server, connects for a client. Tells the observer of their beginnings and ends. Does not know the line.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "io/asio.h"
#include "io/connector.h"
#include "io/observer.h"
#include "io/resolver.h"
#include "io/tcp_listener.h"
#include "io/tcp_stream.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class Connections final : public StreamHost {
 public:
  static constexpr std::size_t kScratch = 64 * 1024;

  /// `kick` makes somebody look at the Endpoint soon. Everything referred to outlives this.
  Connections(asio::io_context& context, Endpoint& endpoint, Observer& observer, std::function<void()> kick);

  /// For a server: opens a stream for each connection accepted, whenever the link is up.
  void serve(std::unique_ptr<TcpListener> listener);
  /// For a client: connects to the target for each stream that the peer opens.
  void connect_to(const Target& target, Duration timeout);

  // Events of the Endpoint.
  void link_up();
  void link_down();
  void handle(const event::Opened& opened);
  void handle(const event::Readable& readable);
  void handle(const event::Writable& writable);
  void handle(const event::Reset& reset);
  void handle(const event::Closed& closed);

  /// Accepts no more and resets every connection; the streams are the caller's business.
  void abandon_all();

  /// Lookups that are still hanging somewhere in the C library.
  std::size_t lookups_running() const { return resolver_.running(); }

 private:
  struct Connection {
    std::shared_ptr<TcpStream> stream;
    std::shared_ptr<ConnectAttempt> attempt;  ///< while connecting
  };

  Endpoint& endpoint() override { return endpoint_; }
  MutableByteView scratch() override { return scratch_; }
  void kick() override { kick_(); }
  void stream_over(TcpStream& stream, std::string_view how) override;

  void accepted(tcp::socket socket, const tcp::endpoint& from);
  void connected(StreamId id, std::expected<tcp::socket, ResetReason> result);
  void refuse(StreamId id, ResetReason reason);
  std::shared_ptr<TcpStream> find(StreamId id) const;
  void forget(StreamId id);

  asio::io_context& context_;
  Endpoint& endpoint_;
  Observer& observer_;
  std::function<void()> kick_;
  Resolver resolver_;
  std::unique_ptr<TcpListener> listener_;
  std::optional<Target> target_;
  Duration connect_timeout_ = {};
  std::unordered_map<StreamId, Connection> connections_;
  std::uint64_t last_number_ = 0;
  Bytes scratch_ = Bytes(kScratch);
};

}  // namespace serialtcp::io
