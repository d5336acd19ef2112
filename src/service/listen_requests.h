// ListenRequests: makes the other end listen (services::kListen), whenever there is a link, and connects what
// comes from there (services::kForwarded) to targets of this end.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "driver/connections.h"
#include "driver/stream_service.h"
#include "net/target.h"
#include "serialtcp/time.h"
#include "service/forward_targets.h"

namespace serialtcp::io {

class ListenRequests final : public StreamService {
 public:
  struct Wish {
    wire::Address at;  ///< at the other end; port 0: any free one
    Target to;         ///< at this end
  };
  struct Config {
    std::vector<Wish> wishes;  ///< at most UINT16_MAX
    Duration connect_timeout = std::chrono::seconds(10);
    Duration patience = kRequestPatience;
  };

  /// The connections must outlive this object.
  ListenRequests(Connections& connections, Config config)
      : connections_(connections), config_(std::move(config)) {}

  void opened(StreamId id) override;
  void link_up() override;

 private:
  void ask(std::uint16_t number);
  void answered(StreamId id, std::uint16_t number, const std::expected<Bytes, ResetReason>& preface);
  void failed(std::uint16_t number, std::string_view why);
  void connect(StreamId id, std::uint64_t connection, ByteView preface);

  Connections& connections_;
  Config config_;
};

}  // namespace serialtcp::io
