// SocksRelay: the UDP ASSOCIATE of one SOCKS client (RFC 1928, section 7): a socket here for the client's
// datagrams, and a stream of datagrams to the end that sends them on. Owns both. Does not know the client's
// TCP connection; its owner ends the relay together with it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "driver/connections.h"
#include "driver/stream_handler.h"
#include "os/asio.h"
#include "serialtcp/time.h"
#include "service/datagram_flow.h"
#include "wire/address.h"

namespace serialtcp::io {

class SocksRelay final : public StreamHandler, public std::enable_shared_from_this<SocksRelay> {
 public:
  /// Why the other end ended it, for the log.
  using Over = std::move_only_function<void(const std::string& why)>;

  struct Config {
    asio::ip::address at = {};  ///< the address of this machine that the client connected to
    /// The client's address; port 0: that of its first datagram. Datagrams from other addresses are ignored.
    asio::ip::udp::endpoint client = {};
    Purpose purpose = {};
    Duration patience = std::chrono::seconds(1);  ///< that a datagram can wait for its turn on the line
  };

  /// The error is the reason. `over` is called once from the loop, and not at all after end() or when all
  /// connections are abandoned. The connections must outlive this object.
  static std::expected<std::shared_ptr<SocksRelay>, std::string> open(Connections& connections,
                                                                      const Config& config, Over over);

  /// Where the client must send to.
  wire::Address address() const;
  std::uint64_t number() const { return number_; }
  /// "3 datagrams sent, 2 received", as the client sees it.
  std::string account() const;

  /// The client has gone.
  void end();

  void readable() override;
  void closed() override { reset(ResetReason::aborted); }
  void reset(ResetReason reason) override;
  void abandon() override;
  std::optional<StreamFigures> figures(Time now) const override;
  void closed_by_user(std::string_view how) override { end_with(how); }

 private:
  SocksRelay(Connections& connections, const Config& config, asio::ip::udp::socket socket, StreamId id,
             Over over);

  void end_with(std::string_view why);
  void wait();
  void from_client();
  bool is_client(const asio::ip::udp::endpoint& from);

  Connections& connections_;
  Config config_;
  asio::ip::udp::socket socket_;
  StreamId id_;
  std::uint64_t number_;
  Over over_;
  Time since_;
  DatagramFlow sent_;      ///< by the client
  DatagramFlow received_;  ///< for it
};

}  // namespace serialtcp::io
