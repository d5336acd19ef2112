// FrameLength: the best length of frames. With an overhead of h bytes a frame, and a probability p that a
// byte is damaged, a frame of sqrt(h / p) bytes wastes least (h / n for overhead, n * p for retransmission).
// p is estimated from the losses.
#pragma once

#include <cstddef>
#include <cstdint>

namespace serialtcp::link {

class FrameLength {
 public:
  /// Bytes of header, chunk head, check value and end of a bulk frame that is not sealed.
  static constexpr std::size_t kClearOverhead = 11;

  /// `overhead`: bytes of a bulk frame that are not payload.
  explicit FrameLength(std::size_t overhead = kClearOverhead) : overhead_(static_cast<double>(overhead)) {}

  void delivered(std::size_t wire_bytes);
  /// Returns whether it counts as a separate loss, not as part of the previous one.
  bool lost(std::size_t wire_bytes, std::uint64_t number);
  /// A separate loss was not one: the frame has arrived.
  void not_lost();

  /// The maximum of payload bytes for the next bulk frame, on a line of this rate (bytes per second).
  /// `parts`: it may have check values within, so that its bytes need not wait for its end.
  std::size_t payload(std::uint64_t rate, bool searching, bool parts = false) const;

  /// Frames were lost recently.
  bool line_is_noisy() const { return losses_ > 0.05; }

 private:
  void decay();

  double overhead_;
  double bytes_ = 0;
  double losses_ = 0;
  std::uint64_t last_lost_ = 0;
};

/// A frame length for a line that delivers in lumps: it differs at random from that of other numbers by up to
/// `spread` bytes, limited to a part of the length. It is about `usual`, and at most `longest` bytes.
std::size_t unlike_length(std::uint64_t number, std::size_t usual, std::size_t longest, std::size_t spread);

}  // namespace serialtcp::link
