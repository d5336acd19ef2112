// DatagramRelay: one association at the end that sends and receives for the other one: a stream of datagrams,
// each preceded by the address that it goes to or comes from, and the sockets for them. Owns both. Answers
// are accepted only from addresses that something was sent to. Does not know who requests it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "driver/connections.h"
#include "driver/stream_handler.h"
#include "net/resolver.h"
#include "os/asio.h"
#include "serialtcp/time.h"
#include "service/allow_list.h"
#include "service/datagram_flow.h"
#include "wire/address.h"

namespace serialtcp::io {

class DatagramRelay final : public StreamHandler, public std::enable_shared_from_this<DatagramRelay> {
 public:
  struct Config {
    AllowList allowed;            ///< where datagrams may go
    Family family = Family::any;  ///< of the addresses of names
    Duration patience =
        std::chrono::seconds(1);  ///< that an answer, or one whose name is looked up, can wait
  };
  /// The relay is over, and can be destroyed.
  using Over = std::move_only_function<void()>;

  /// Addresses that may answer: those that were sent to last. The client of a name server has one, a game or
  /// a telephone some tens.
  static constexpr std::size_t kMaxCorrespondents = 256;
  /// Names that were or are being resolved; the oldest one is forgotten.
  static constexpr std::size_t kMaxNames = 64;
  /// Datagrams pending for the address of their name.
  static constexpr std::size_t kMaxWaiting = 16;
  /// If an address of a name had no receiver, another one is used for this time, if there is one.
  static constexpr Duration kRefusedFor = std::chrono::seconds(10);
  /// The addresses of a name are resolved again after this.
  static constexpr Duration kNameLife = std::chrono::seconds(60);

  /// `number` is that of the connection, for the log. The connections and the config must outlive this
  /// object.
  DatagramRelay(Connections& connections, const Config& config, StreamId id, std::uint64_t number, Over over);

  void readable() override;
  void closed() override;
  void reset(ResetReason reason) override;
  void abandon() override;
  std::optional<StreamFigures> figures(Time now) const override;
  void closed_by_user(std::string_view how) override { finish(Observer::Ending::failed, how); }

 private:
  using Endpoint = asio::ip::udp::endpoint;
  struct Waiting {
    Bytes data;
    std::uint16_t port;
    Time since;
  };
  struct Name {
    std::optional<Resolver::Ticket> asked;  ///< while it is being resolved
    std::vector<asio::ip::address> addresses = {};
    Time known_at = {};
    std::vector<Waiting> waiting = {};
  };

  void outgoing(ByteView datagram);
  void outgoing_to_name(const wire::Address& to, ByteView data);
  bool ask_for(const std::string& host);
  void found(const std::string& host, const Resolver::Result& result);
  void send_to_first(const std::vector<asio::ip::address>& addresses, const wire::Address& wanted,
                     ByteView data);
  void send(const Endpoint& to, ByteView data);
  asio::ip::udp::socket* socket_for(const Endpoint& to);
  void wait(asio::ip::udp::socket& socket);
  void incoming(asio::ip::udp::socket& socket);
  void remember(const Endpoint& correspondent);
  void take_failures(asio::ip::udp::socket& socket);
  bool has_refused(const Endpoint& correspondent) const;
  void refused(const wire::Address& wanted);
  void finish(Observer::Ending ending, std::string_view how);

  Connections& connections_;
  const Config& config_;
  StreamId id_;
  std::uint64_t number_;
  Over over_;
  std::optional<asio::ip::udp::socket> v4_;
  std::optional<asio::ip::udp::socket> v6_;
  std::set<Endpoint> correspondents_;
  std::deque<Endpoint> by_age_;  ///< the same, the oldest first
  std::map<std::string, Name> names_;
  std::deque<std::string> names_by_age_;
  std::size_t waiting_ = 0;
  std::map<Endpoint, Time> refusers_;  ///< addresses without a receiver, and when that was
  bool refusal_told_ = false;
  bool nobody_told_ = false;
  Time since_;
  DatagramFlow sent_;      ///< to the network
  DatagramFlow received_;  ///< from there
};

}  // namespace serialtcp::io
