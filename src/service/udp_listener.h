// UdpListener: a UDP port of this machine whose datagrams go through the cable: an association for each
// client address, opened by its first datagram. Answers go back to the client, from the address that it has
// sent to. While there is no link, and from too many new clients at once, datagrams are dropped. A client
// whose target is not there is notified by ICMP, if this process is permitted to send it.
#pragma once

#include <expected>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bucket.h"
#include "base/opening_budget.h"
#include "driver/stream_service.h"
#include "net/datagram_path.h"
#include "net/target.h"
#include "net/udp_socket.h"
#include "service/associations.h"

namespace serialtcp::io {

class UdpListener final : public StreamService {
 public:
  /// Binds at once, if `at` needs no look-up (port 0: any free one). The error is a whole sentence. `purpose`
  /// is that of its streams. `connections` must outlive it.
  static std::expected<std::unique_ptr<UdpListener>, std::string> listen(Connections& connections,
                                                                         const Target& at, Purpose purpose,
                                                                         const DatagramTerms& terms);
  /// Listens at all of these addresses that this machine has; there must be one at least.
  static std::expected<std::unique_ptr<UdpListener>, ErrorCode> listen(
      Connections& connections, std::span<const asio::ip::address> addresses, std::uint16_t port,
      Purpose purpose, const DatagramTerms& terms);

  /// Where it listens; at least one address.
  std::vector<udp::endpoint> addresses() const;
  udp::endpoint address() const { return addresses().front(); }

  void stop() override;

 private:
  class Client;
  using Socket = udp::socket;

  UdpListener(Connections& connections, Purpose purpose, const DatagramTerms& terms);

  std::expected<std::uint16_t, ErrorCode> bind(const udp::endpoint& endpoint);
  void wait(Socket& socket);
  void take_datagrams(Socket& socket);
  void datagram(Socket& socket, ByteView bytes, const DatagramPath& path);
  void refuse(const DatagramPath& path, ResetReason reason);
  bool may_begin();
  std::shared_ptr<Client> begin(Socket& socket, const DatagramPath& path);

  Purpose purpose_;
  std::list<Socket> sockets_;
  std::map<DatagramPath, std::weak_ptr<Client>> clients_;
  Bytes buffer_ = datagram_buffer();
  base::OpeningBudget openings_;
  std::uint64_t line_rate_ = 0;
  Time line_rate_known_ = Time::min();
  base::Bucket refusals_;
  Time not_told_ = Time::min();
  Associations associations_;  // destroyed before the other members, which it notifies of its ends
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
