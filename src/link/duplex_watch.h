// DuplexWatch: does this line look as if only one end could talk at a time, although nobody has said so?
//
// Noise damages bytes, but hardly any vanish. Where both directions share one medium, many do: a radio modem
// drops what does not fit into its buffer, and two wires carry nothing of what two ends send at the same time.
// So the peer, when it has heard damage, says how many bytes came up to the end of a certain frame. If, more than
// once, much of what was sent between two such frames has vanished, and what arrived in all was much less than the
// port carries, the line is one. A cut or a stopped process loses bytes as well, but once.
// It knows no frames and no clock. docs/protocol.md, "Turns".
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "serialtcp/time.h"

namespace serialtcp::link {

/// What one end says: the low bits of the number of a frame, and of how many bytes it had heard at its end.
struct BytesHeard {
  std::uint16_t number_low16 = 0;
  std::uint32_t bytes_low24 = 0;
};

/// When to say it.
class HeardReport {
 public:
  /// Something came damaged, or is missing.
  void damaged() { wanted_ = true; }
  /// A frame ended; the highest number counts.
  void frame(std::uint64_t number, std::uint64_t bytes_so_far);
  /// No more often than that, and only if there is something to say.
  std::optional<BytesHeard> take(Duration every, Time now);

 private:
  bool wanted_ = false;
  bool known_ = false;
  Time taken_{};
  BytesHeard newest_;
};

class DuplexWatch {
 public:
  /// The last byte of this frame has been handed to the line; `position` counts all bytes.
  void left(std::uint64_t number, std::uint64_t position);

  /// Whether the line may lose what comes first after a silence: then bytes vanish although both ends could send.
  enum class Sleeps : std::uint8_t { no, perhaps };

  /// Returns whether the line looks half-duplex. The rate is what the port says.
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

  // Of the last frames.
  std::array<Mark, 128> marks_{};
  bool begun_ = false;
  Count before_;
  // Of the last times; the older, the less.
  double sent_ = 0;
  double vanished_ = 0;
  double seconds_ = 0;
  std::uint8_t suspicious_ = 0;  // a bit for each, the last one lowest
};

}  // namespace serialtcp::link
