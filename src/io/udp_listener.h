// UdpListener: a UDP socket of this machine whose datagrams go through the cable: an association for each
// client address, opened by its first datagram. Answers go back to the client. While there is no link,
// and from too many new clients at once, they are dropped.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>

#include "base/opening_budget.h"
#include "io/associations.h"
#include "io/stream_service.h"
#include "io/target.h"
#include "io/udp_socket.h"

namespace serialtcp::io {

class UdpListener final : public StreamService {
 public:
  /// Binds at once (port 0: any free one), blocking to look up a name. The error is a whole sentence.
  /// `purpose` is that of its streams. `connections` outlives it.
  static std::expected<std::unique_ptr<UdpListener>, std::string> listen(Connections& connections,
                                                                         const Target& at, Purpose purpose,
                                                                         const DatagramTerms& terms);

  udp::endpoint address() const;

  void stop() override;

 private:
  class Client;

  UdpListener(Connections& connections, Purpose purpose, const DatagramTerms& terms);

  ErrorCode bind(const udp::endpoint& endpoint);
  void wait();
  void datagram(ByteView bytes, const udp::endpoint& from);
  bool may_begin();
  std::shared_ptr<Client> begin(const udp::endpoint& from);

  Purpose purpose_;
  udp::socket socket_;
  std::map<udp::endpoint, std::weak_ptr<Client>> clients_;
  Bytes buffer_ = datagram_buffer();
  base::OpeningBudget openings_;
  std::uint64_t line_rate_ = 0;
  Time line_rate_known_ = Time::min();
  Associations associations_;  // goes before the others: its ends are told to them
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
