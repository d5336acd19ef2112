// DuplexWatch detects that only one end can send at a time on this line, although it was not configured so.
//
// Noise damages bytes, but hardly any vanish. Where both directions share one medium, many vanish: a radio
// modem drops what does not fit into its buffer, and two wires destroy what two ends send at the same time.
// When a peer has received damage, it therefore reports how many bytes had arrived at the end of a certain
// frame. If much of what was sent between two such frames has vanished, more than once, and much less than
// the port's rate arrived in total, the line is half-duplex. A cut or a stopped process loses bytes, too, but
// only once.
//
// It does not know frames, and has no clock. docs/protocol.md, "Turns".
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "serialtcp/time.h"

namespace serialtcp::link {

/// A report: the low bits of a frame's number, and of the count of bytes that had arrived at its end.
struct BytesHeard {
  std::uint16_t number_low16 = 0;
  std::uint32_t bytes_low24 = 0;
};

/// Decides when such a report is sent.
class HeardReport {
 public:
  /// A frame arrived damaged, or is missing.
  void damaged() { wanted_ = true; }
  /// A frame ended; the highest number counts.
  void frame(std::uint64_t number, std::uint64_t bytes_so_far);
  /// The report to be sent now; empty if there is none, or if the last one was sent less than `every` ago.
  std::optional<BytesHeard> take(Duration every, Time now);

 private:
  bool wanted_ = false;
  bool known_ = false;
  Time taken_{};
  BytesHeard newest_;
};

class DuplexWatch {
 public:
  /// The last byte of this frame has been handed to the line; `position` counts all bytes so far.
  void left(std::uint64_t number, std::uint64_t position);

  /// Whether the line may lose the first bytes after a silence. Then bytes vanish although both ends could
  /// send.
  enum class Sleeps : std::uint8_t { no, perhaps };

  /// A report of the peer has arrived. Returns whether the line is considered half-duplex. `nominal_rate` is
  /// that of the port, in bytes per second.
  bool told(const BytesHeard& told, double nominal_rate, Sleeps sleeps, Time now);

 private:
  void forget();

  struct Mark {
    std::uint64_t number = 0;
    std::uint64_t position = 0;
  };
  struct Count {
    std::uint64_t position = 0;
    std::uint32_t bytes = 0;
    Time at{};
  };

  // Of the last frames sent.
  std::array<Mark, 128> marks_{};
  bool begun_ = false;
  Count before_;
  // Sums of the last comparisons; older ones have less weight.
  double sent_ = 0;
  double vanished_ = 0;
  double seconds_ = 0;
  std::uint8_t suspicious_ = 0;  // one bit for each comparison, the last one lowest
};

}  // namespace serialtcp::link
