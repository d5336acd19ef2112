// TestStreams: serves the streams by which the other end tests the line between (services::kTest, `serialtcp test`): drops what
// comes, sends it back, or sends test bytes. They are bulk: everything else is served before them.
#pragma once

#include <cstddef>

#include "driver/connections.h"
#include "driver/stream_service.h"

namespace serialtcp::io {

class TestStreams final : public StreamService {
 public:
  /// At the same time: one for each direction, and one for the round trip.
  static constexpr std::size_t kMostStreams = 4;

  /// The connections must outlive this object.
  explicit TestStreams(Connections& connections) : connections_(connections) {}

  void opened(StreamId id) override;

 private:
  Connections& connections_;
  std::size_t streams_ = 0;
};

}  // namespace serialtcp::io
