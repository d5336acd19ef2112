// FrameLength: how long frames should be. With an overhead of h bytes a frame and a chance p that a byte is
// damaged, a frame of sqrt(h / p) bytes wastes least (h / n on overhead, n * p on sending again). p is
// estimated from what was lost.
#pragma once

#include <cstddef>
#include <cstdint>

namespace serialtcp::link {

class FrameLength {
 public:
  /// Header, chunk head, check value and end of a bulk frame that is not sealed.
  static constexpr std::size_t kClearOverhead = 11;

  /// `overhead`: bytes of a bulk frame that are not payload.
  explicit FrameLength(std::size_t overhead = kClearOverhead) : overhead_(static_cast<double>(overhead)) {}

  void delivered(std::size_t wire_bytes);
  /// Returns whether it counts as a loss of its own, and not as part of the one before.
  bool lost(std::size_t wire_bytes, std::uint64_t number);
  /// Such a loss was none: the frame has arrived.
  void not_lost();

  /// Payload bytes that the next bulk frame should carry at most, for a line of this rate (bytes per second).
  std::size_t payload(std::uint64_t rate, bool searching) const;

  /// True when something was lost not long ago.
  bool line_is_noisy() const { return losses_ > 0.05; }

 private:
  void decay();

  double overhead_;
  double bytes_ = 0;
  double losses_ = 0;
  std::uint64_t last_lost_ = 0;
};

/// On a line that hands on in lumps: a length that differs from the neighbours' by up to `spread` bytes, which is
/// bounded by a part of the length. About `usual`, and at most `longest`.
std::size_t unlike_length(std::uint64_t number, std::size_t usual, std::size_t longest, std::size_t spread);

}  // namespace serialtcp::link
