// AnswerDelay: how long an answer is delayed that the peer requests again and again. It has not received the earlier
// ones: it may be unable to receive just after it has sent, as a transceiver on two wires that changes its direction.
#pragma once

#include <cstddef>

#include "serialtcp/time.h"

namespace serialtcp::link {

class AnswerDelay {
 public:
  /// A frame arrived that requests an ack, and has little else. Returns the delay of the answer.
  Duration requested(Time now);
  /// The peer has sent something else: it has received what it requested.
  void received_something_else() { in_a_row_ = 0; }

 private:
  std::size_t in_a_row_ = 0;
  Time last_{};
};

}  // namespace serialtcp::link
