// UdpTarget: the UDP target of a service: a socket for each association that the peer opens, connected, so
// that only answers of the target are received. Names are resolved without blocking; datagrams wait in the
// stream meanwhile. If there are several addresses, the next one is tried when one refuses. When the last one
// refuses, and no new datagram follows soon that might be accepted, the association ends, and the other end
// can notify its client.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "driver/stream_service.h"
#include "net/resolver.h"
#include "net/target.h"
#include "net/udp_socket.h"
#include "service/associations.h"

namespace serialtcp::io {

class UdpTarget final : public StreamService {
 public:
  enum class Answers : std::uint8_t {
    from_the_target,
    /// As in TFTP: from another port of the same address, to which the following datagrams are then sent.
    from_any_port,
  };

  /// `service` is its name, for the log. `connections` must outlive it.
  UdpTarget(Connections& connections, std::string service, const Target& target, const DatagramTerms& terms,
            Answers answers = Answers::from_the_target)
      : service_(std::move(service)), target_(target), answers_(answers), associations_(connections, terms) {}

  /// "udp:192.168.0.1:53".
  std::string name() const { return "udp:" + to_string(target_); }

  void opened(StreamId id) override;

 private:
  class Outlet;

  std::string service_;
  Target target_;
  Answers answers_;
  Bytes buffer_ = datagram_buffer();
  Associations associations_;
};

}  // namespace serialtcp::io
