// ForwardTargets: connects the streams for which the other end names the address (services::kForward), as far
// as they are permitted. Nothing else is resolved or connected. Does not know who requests it at the other
// end.
#pragma once

#include "driver/connections.h"
#include "driver/stream_service.h"
#include "serialtcp/time.h"
#include "service/allow_list.h"

namespace serialtcp::io {

/// How long the other end may take to send its request, in addition to the hold time: a request comes with
/// the opening of its stream, or soon after.
inline constexpr Duration kRequestPatience = std::chrono::seconds(30);

class ForwardTargets final : public StreamService {
 public:
  struct Config {
    AllowList allowed;
    Family family = Family::any;  ///< of the addresses of names
    Duration connect_timeout = std::chrono::seconds(10);
    Duration patience = kRequestPatience;
  };

  /// The connections must outlive this object.
  ForwardTargets(Connections& connections, Config config)
      : connections_(connections), config_(std::move(config)) {}

  void opened(StreamId id) override;

 private:
  void asked(StreamId id, std::uint64_t number, ByteView preface);
  void connect(StreamId id, std::uint64_t number, const wire::Forward& request, AllowList::Verdict verdict);

  Connections& connections_;
  Config config_;
};

}  // namespace serialtcp::io
