// StatusStream: what `serialtcp status --json` prints for this process, with all connections, as text in pieces: each takes
// as long as one answer of the control socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/operations.h"

namespace serialtcp::control {

class StatusStream {
 public:
  explicit StatusStream(Operations& operations) : operations_(operations) {}

  /// The next piece, which is not empty; nothing after the last one.
  std::optional<std::string> next();

 private:
  bool begin();
  bool more_connections(const LinkStatus& link);

  Operations& operations_;
  ProcessStatus status_;
  std::string text_;
  std::size_t link_ = 0;       ///< the one that is being written
  bool in_link_ = false;       ///< its members have been written
  std::uint64_t last_ = 0;     ///< the number of its last connection
  std::uint64_t written_ = 0;  ///< its connections
  enum class State : std::uint8_t { before, within, over } state_ = State::before;
};

}  // namespace serialtcp::control
