// UdpTarget: the UDP target that a service stands for: a connected socket for each association that the peer
// opens, so that answers from nobody else come in. Names are looked up without blocking; datagrams wait in
// the stream meanwhile. That nobody listens there is not an end: somebody may, soon.
#pragma once

#include <string>
#include <utility>

#include "io/associations.h"
#include "io/resolver.h"
#include "io/stream_service.h"
#include "io/target.h"
#include "io/udp_socket.h"

namespace serialtcp::io {

class UdpTarget final : public StreamService {
 public:
  /// `service` is its name, for the log. `connections` outlives it.
  UdpTarget(Connections& connections, std::string service, const Target& target, const DatagramTerms& terms)
      : service_(std::move(service)), target_(target), associations_(connections, terms) {}

  /// "udp:192.168.0.1:53".
  std::string name() const { return "udp:" + to_string(target_); }

  void opened(StreamId id) override;

 private:
  class Outlet;

  std::string service_;
  Target target_;
  Bytes buffer_ = datagram_buffer();
  Associations associations_;
};

}  // namespace serialtcp::io
