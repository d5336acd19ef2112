// ReceiveHalf: the incoming direction of a stream. Reassembles bytes, unpacks them at once, returns each
// once, and decides how much credit the writer gets. Its memory is bounded by the credit that it granted,
// which counts content; offsets count what DATA chunks carry, plain or packed (see mux/send_half.h).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/byte_queue.h"
#include "base/byte_states.h"
#include "mux/decompressor.h"
#include "wire/chunk.h"

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::mux {

/// The sum of the credit that all streams of an endpoint have granted beyond their initial one.
struct CreditPool {
  std::size_t used = 0;
};

enum class ReceiveError : std::uint8_t {
  beyond_credit,
  beyond_end,
  end_moved,
  not_unpackable,  ///< packed data that is corrupt, was not agreed on, or needs more memory than was agreed on
};

class ReceiveHalf {
 public:
  ReceiveHalf(std::size_t initial_credit, CreditPool& pool, DecompressorPool& decompressors);
  ~ReceiveHalf();
  ReceiveHalf(const ReceiveHalf&) = delete;
  ReceiveHalf& operator=(const ReceiveHalf&) = delete;

  /// The offset of the next byte in order, around which truncated offsets are expanded.
  std::uint64_t next() const { return next_; }
  /// Takes bytes at `offset`; those that had arrived before are ignored.
  std::optional<ReceiveError> receive(std::uint64_t offset, ByteView bytes,
                                      wire::Packing packing = wire::Packing::plain);
  /// The peer's data ends at `offset`.
  std::optional<ReceiveError> end_at(std::uint64_t offset);

  /// The path to the writer: what it holds determines how large the window may become.
  struct Path {
    Duration round_trip{};
    std::size_t far_window = 0;  ///< bytes in flight on a far path; 0 on a near one
    bool credit_waits = false;   ///< for the end of a long frame
  };
  std::size_t read(MutableByteView into, Time now, const Path& path);
  std::size_t readable() const { return content_.size(); }
  std::size_t held() const { return content_.size() + ahead_.size(); }
  /// Bytes of content that have arrived in order, since the beginning.
  std::uint64_t content() const { return content_.end(); }
  /// All bytes up to the end have arrived.
  bool complete() const { return end_ && next_ == *end_; }
  /// The same, and they have been read.
  bool at_end() const { return complete() && readable() == 0; }

  /// Discards what was not read.
  void discard();
  /// Nothing more will arrive: keeps only what can be read.
  void stop();

  /// Whether the credit has grown enough to send a chunk.
  bool credit_due() const;
  /// The writer has little left: half of the first window, or a quarter of a large one.
  bool credit_scarce() const { return limit_ < content_.end() + std::max(initial_ / 2, window_ / 4); }
  /// It has enough for the time of a long frame, in which a new limit may wait.
  bool credit_ample() const { return limit_ >= content_.end() + initial_ / 4 * 3; }
  /// The limit to be sent, a multiple of wire::kCreditUnit; it then counts as sent.
  std::uint64_t give_credit();

 private:
  void grow_window(Time now, const Path& path);
  std::uint64_t credit_left() const;
  void keep(std::uint64_t offset, ByteView bytes, wire::Packing packing);
  std::optional<ReceiveError> take(ByteView bytes, wire::Packing packing);
  std::optional<ReceiveError> take_kept();
  std::optional<ReceiveError> unpack(ByteView packed);

  CreditPool& pool_;
  DecompressorPool& decompressors_;
  base::ByteQueue content_;                     // in order, not read
  std::unique_ptr<Decompressor> decompressor_;  // while in a packed run
  base::ByteQueue ahead_;                       // coded bytes that are out of order
  base::ByteStates arrived_;                    // state of each byte of ahead_
  std::uint64_t next_ = 0;                      // offset of coded bytes
  std::optional<std::uint64_t> end_;
  std::uint64_t window_;
  std::uint64_t limit_;  // sent to the peer
  std::uint64_t initial_;
  bool packs_ = false;  // packed data has arrived
  std::uint64_t measured_from_ = 0;
  Time measured_since_{};
};

}  // namespace serialtcp::mux
