// Connections: all connections of one end, each tied to a stream of the Endpoint. A service's front end hands
// them over, or its back end makes them. Tells the observer of their beginnings and ends. Does not know the
// line, nor what kinds of front and back ends there are.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/asio.h"
#include "io/back_end.h"
#include "io/front_end.h"
#include "io/observer.h"
#include "io/resolver.h"
#include "io/shaper.h"
#include "io/socket_stream.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class Connections final : public StreamHost {
 public:
  static constexpr std::size_t kScratch = 64 * 1024;

  /// `kick` makes somebody look at the Endpoint soon. Everything referred to outlives this.
  Connections(asio::io_context& context, Endpoint& endpoint, Observer& observer, std::function<void()> kick);

  /// Opens a stream for each connection that the front end hands over, whenever the link is up. `limit`:
  /// bytes per second in each direction, of all of them together.
  void serve(const Purpose& purpose, std::unique_ptr<FrontEnd> front_end,
             std::optional<std::uint64_t> limit = {});
  /// Makes a connection for each stream that the peer opens for this service.
  void offer(const std::string& name, std::unique_ptr<BackEnd> back_end,
             std::optional<std::uint64_t> limit = {});

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
  /// Something that was made for connections has not ended yet.
  bool busy() const;

  /// For back ends: one bound on lookups for all.
  Resolver& resolver() { return resolver_; }
  /// Lookups that are still hanging somewhere in the C library.
  std::size_t lookups_running() const { return resolver_.running(); }

 private:
  struct Connection {
    std::shared_ptr<SocketStream> stream;
    std::shared_ptr<Attempt> attempt = {};  ///< that reaches, or has reached, the target
    std::string target = {};                ///< for the log: what it connects to
    Shapers shapers = {};
    Gone when_gone = Gone::is_reset;
  };

  struct Offer {
    std::unique_ptr<BackEnd> back_end;
    Shapers shapers;
  };

  Endpoint& endpoint() override { return endpoint_; }
  MutableByteView scratch() override { return scratch_; }
  void kick() override { kick_(); }
  void stream_over(SocketStream& stream, std::string_view how) override;

  void accepted(const Purpose& purpose, const Shapers& shapers, StreamSocket socket, const std::string& from);
  void refuse_unknown(StreamId id, const Purpose& purpose);
  void connected(StreamId id, std::expected<StreamSocket, ResetReason> result);
  void refuse(StreamId id, ResetReason reason);
  std::shared_ptr<SocketStream> find(StreamId id) const;
  void forget(StreamId id);

  asio::io_context& context_;
  Endpoint& endpoint_;
  Observer& observer_;
  std::function<void()> kick_;
  Resolver resolver_;
  std::vector<std::unique_ptr<FrontEnd>> front_ends_;
  std::map<std::string, Offer, std::less<>> offers_;
  std::unordered_map<StreamId, Connection> connections_;
  std::uint64_t last_number_ = 0;
  Bytes scratch_ = Bytes(kScratch);
};

}  // namespace serialtcp::io
