// DatagramTargets: sends and receives datagrams for the other end, which names the addresses
// (services::kDatagrams), as far as they are permitted. One relay for each association.
#pragma once

#include <cstddef>

#include "driver/connections.h"
#include "driver/stream_service.h"
#include "service/datagram_relay.h"

namespace serialtcp::io {

class DatagramTargets final : public StreamService {
 public:
  /// Associations at the same time, each with up to two sockets. SOCKS clients that use datagrams are few.
  static constexpr std::size_t kMaxAssociations = 256;

  /// The connections must outlive this object.
  DatagramTargets(Connections& connections, DatagramRelay::Config config)
      : connections_(connections), config_(std::move(config)) {}

  void opened(StreamId id) override;

  std::size_t associations() const { return associations_; }

 private:
  Connections& connections_;
  DatagramRelay::Config config_;
  std::size_t associations_ = 0;
};

}  // namespace serialtcp::io
