// Connections: all connections of one end, each tied to a stream of the Endpoint. The front end of a service
// hands them over, or its back end makes them. Reports their beginnings and ends to the observer. Does not
// know the line, nor the kinds of front ends, back ends and other services.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "driver/figures.h"
#include "driver/shaper.h"
#include "driver/socket_stream.h"
#include "driver/stream_handler.h"
#include "driver/stream_service.h"
#include "net/back_end.h"
#include "net/front_end.h"
#include "net/process_shares.h"
#include "net/resolver.h"
#include "os/asio.h"
#include "os/growing_interval.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "serialtcp/endpoint.h"
#include "wire/forwarding.h"

namespace serialtcp::io {

class Connections final : public StreamHost {
 public:
  static constexpr std::size_t kScratch = 64 * 1024;

  /// Clients that wait for the link are counted at this interval.
  static constexpr Duration kClientsInterval = std::chrono::seconds(2);

  /// Connections that were refused because of the shared limits are reported at most this often.
  static constexpr Duration kRefusalSilence = std::chrono::seconds(30);

  /// `kick` causes the Endpoint to be polled soon. All references must outlive this object.
  Connections(asio::io_context& context, Endpoint& endpoint, Observer& observer, std::function<void()> kick,
              const ProcessShares& shares);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Opens a stream for each connection that the front end hands over, whenever the link is up. `limit`:
  /// bytes per second in each direction, for all of them together.
  void serve(const Purpose& purpose, std::unique_ptr<FrontEnd> front_end,
             std::optional<std::uint64_t> limit = {});
  /// Makes a connection for each stream that the peer opens for this service.
  void offer(const std::string& name, std::unique_ptr<BackEnd> back_end,
             std::optional<std::uint64_t> limit = {});
  /// The same for streams of datagrams.
  void offer(const std::string& name, std::unique_ptr<StreamService> service);
  /// Notifies the service of the link, and of the streams that the peer opens to this number.
  void add(std::unique_ptr<StreamService> service, std::optional<ServiceId> number = {});

  // Events of the Endpoint.
  void link_up();
  void link_down();
  void handle(const event::Opened& opened);
  void handle(const event::Readable& readable);
  void handle(const event::Writable& writable);
  void handle(const event::Reset& reset);
  void handle(const event::Closed& closed);

  /// The link is kept, but the line or the peer is away: clients have to wait, or are refused, as without a
  /// link. Clients that close before the peer has acknowledged their OPEN are dropped.
  void link_away();
  void link_back();
  /// Clients have to wait from now on, as without a link, until link_up().
  void pause();
  /// Stops listening: new clients are refused. Existing connections continue.
  void refuse_clients();
  /// New streams of the peer are refused.
  void refuse_streams() { refuses_streams_ = true; }
  /// Bytes in sockets, and between sockets and streams.
  struct Left {
    std::uint64_t input = 0;   ///< to the peer
    std::uint64_t output = 0;  ///< to the sockets of this end
  };
  Left left() const;
  bool empty() const { return connections_.empty(); }

  /// Accepts no more connections and resets all of them. The caller is responsible for the streams.
  void abandon_all();

  /// Those whose numbers are above `after`, in the order of their numbers, `most` of them.
  std::vector<ConnectionFigures> figures(std::uint64_t after, std::size_t most, Time now) const;
  /// How many there are.
  std::size_t count(Time now) const;
  /// Of all ends of IP links, whether packets pass or not.
  std::vector<IpFigures> ip_figures(Time now) const;
  /// Resets the connection with this number; `how` completes "connection 3: ...". False if there is none.
  bool close(std::uint64_t number, std::string_view how);
  /// Something that was made for connections has not ended yet.
  bool busy() const;

  // ---- For services ----

  /// A connection of this end, and how it is carried by a stream.
  struct Incoming {
    Purpose purpose;
    Shapers shapers = {};
    Bytes preface = {};       ///< the first bytes of the stream
    std::string remark = {};  ///< for the log, after the address of the client
    std::string to = {};      ///< what is at the end of it, if this end knows that
    std::string option = {};  ///< the option of the other end that allows it
  };
  /// Called at the end of a connection, but not by abandon_all(); `how` completes "connection 3: ...".
  using Over = std::function<void(Observer::Ending ending, std::string_view how)>;
  /// How a socket is tied to a stream that this end has opened.
  struct Tie {
    Shapers shapers = {};
    Bytes first = {};         ///< bytes that were read from the socket already
    std::string option = {};  ///< the option of the other end that allows it
    std::string client = {};  ///< for StreamFigures
    std::string target = {};  ///< the same
    std::string what = {};    ///< for the log: "'web' from 127.0.0.1:4711"
    Over over = {};
  };
  /// The target of a stream that the peer has opened.
  struct Outgoing {
    std::string target;  ///< for the log: "to 192.168.0.1:22"
    Shapers shapers = {};
    Gone when_gone = Gone::is_reset;
    wire::Answer answer =
        wire::Answer::none;   ///< whether the peer requests the address that was connected from
    std::string option = {};  ///< the option of this end that allows it
  };
  /// Begins to connect.
  using Begin = std::function<std::shared_ptr<Attempt>(BackEnd::Done)>;

  /// Carries each connection that the front end hands over, whenever the link is up.
  void serve(Incoming incoming, std::unique_ptr<FrontEnd> front_end);
  /// Opens a stream that begins with `preface` (at most limits::kSendBufferFloor bytes).
  std::expected<StreamId, StreamError> open(const Purpose& purpose, ByteView preface);
  /// Opens a stream for a connection, or resets the connection; `from` is for the log.
  void carry(const Incoming& incoming, StreamSocket socket, const std::string& from);
  /// Ties a connection to a stream that has no handler.
  void tie(StreamId id, std::uint64_t number, StreamSocket socket, Tie tie);
  /// Connects a stream of the peer's, or resets it.
  void reach(StreamId id, std::uint64_t number, Outgoing outgoing, const Begin& begin);
  /// Resets a stream of the peer's that has no handler; `why` is for the log.
  void reset(StreamId id, std::uint64_t number, ResetReason reason, std::string_view why);

  /// Sets the handler of a stream, until a reset, the end, or let_go().
  void hold(StreamId id, std::shared_ptr<StreamHandler> handler);
  void let_go(StreamId id);

  asio::io_context& context() { return context_; }
  asio::io_context& io_context() override { return context_; }
  Endpoint& endpoint() override { return endpoint_; }
  Observer& observer() { return observer_; }
  /// To be called after an operation on the Endpoint.
  void kick() override { kick_(); }
  /// The number of a new connection, for the log.
  std::uint64_t next_number() { return ++last_number_; }
  /// The resolver, which limits the look-ups of all services together.
  Resolver& resolver() { return resolver_; }
  /// Look-ups that still run in the C library.
  std::size_t lookups_running() const { return resolver_.threads(); }

 private:
  struct Connection {
    std::shared_ptr<SocketStream> stream;
    std::string what = {};                  ///< for the log: "'web' from 127.0.0.1:4711"
    std::shared_ptr<Attempt> attempt = {};  ///< the attempt that connects, or has connected, to the target
    Outgoing outgoing = {};                 ///< of a stream of the peer's
    std::string option = {};  ///< of a stream of this end's: the option of the other end that allows it
    bool reset = false;       ///< by the peer, or because the link was lost
    std::string client = {};  ///< for StreamFigures
    std::string target = {};  ///< the same
    Over over = {};
  };

  struct Offer {
    std::unique_ptr<BackEnd> back_end;
    Shapers shapers;
  };

  bool peer_is_away() const override { return endpoint_.link_away(); }
  void drop_clients_that_have_gone();
  MutableByteView scratch() override { return scratch_; }
  void watch_peer(SocketStream& stream) override;
  void stream_over(SocketStream& stream, Observer::Ending ending, std::string_view how) override;
  void check_peers();
  void watch_clients();
  void check_clients();
  void stream_note(const SocketStream& stream, std::string_view what) override;

  ConnectionFigures figures_of(StreamId id, StreamFigures figures) const;
  bool admit(StreamId id);
  void refuse_unknown(StreamId id, const Purpose& purpose);
  void connected(StreamId id, std::expected<StreamSocket, ResetReason> result);
  void refuse(StreamId id, ResetReason reason);
  std::shared_ptr<StreamHandler> handler(StreamId id) const;
  std::shared_ptr<SocketStream> find(StreamId id) const;
  void forget(StreamId id);

  asio::io_context& context_;
  Endpoint& endpoint_;
  Observer& observer_;
  std::function<void()> kick_;
  Resolver resolver_;
  std::vector<std::unique_ptr<FrontEnd>> front_ends_;
  std::map<std::string, Offer, std::less<>> offers_;
  std::vector<std::unique_ptr<StreamService>> services_;
  std::map<std::uint16_t, StreamService*> numbered_;
  std::map<std::string, StreamService*, std::less<>> datagram_offers_;
  /// A stream is in at most one of these.
  std::unordered_map<StreamId, Connection> connections_;
  std::unordered_map<StreamId, std::shared_ptr<StreamHandler>> handlers_;
  std::vector<std::weak_ptr<SocketStream>> watched_;  ///< to be checked for vanished peers
  asio::steady_timer watch_timer_;
  bool clients_wait_ = true;      ///< until the link is up, or back
  Time clients_wait_since_ = {};  ///< the first of them; Time{} if there are none
  GrowingInterval clients_again_{Duration{}};
  asio::steady_timer clients_timer_;
  bool clients_watched_ = false;
  bool watching_ = false;
  base::FairShare::Member share_;
  base::FairRate::Member opens_;
  bool refuses_streams_ = false;
  std::uint64_t refused_ = 0;  ///< since the last report
  Time refusal_told_ = Time::min();
  std::uint64_t last_number_ = 0;
  Bytes scratch_ = Bytes(kScratch);
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
