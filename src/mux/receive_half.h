// ReceiveHalf: one direction of a stream, incoming. Puts bytes back in order, hands each out once, and
// decides how much credit the writer gets. Its memory is bounded by the credit it gave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_queue.h"
#include "base/range_set.h"

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::mux {

/// The sum of credit that all streams of an endpoint gave beyond their initial one.
struct CreditPool {
  std::size_t used = 0;
};

enum class ReceiveError : std::uint8_t { beyond_credit, beyond_end, end_moved };

class ReceiveHalf {
 public:
  ReceiveHalf(std::size_t initial_credit, CreditPool& pool);
  ~ReceiveHalf();
  ReceiveHalf(const ReceiveHalf&) = delete;
  ReceiveHalf& operator=(const ReceiveHalf&) = delete;

  /// Where the next byte in order goes: what a truncated offset is unwrapped around.
  std::uint64_t next() const { return next_; }
  /// Takes bytes at `offset`; what was there before is ignored. Returns how many new bytes are in order now.
  std::optional<ReceiveError> receive(std::uint64_t offset, ByteView bytes);
  /// The peer's end is at `offset`.
  std::optional<ReceiveError> end_at(std::uint64_t offset);

  std::size_t read(MutableByteView into, Time now, Duration round_trip);
  std::size_t readable() const { return static_cast<std::size_t>(next_ - queue_.begin()); }
  std::size_t held() const { return queue_.size(); }
  /// All bytes up to the end have arrived.
  bool complete() const { return end_ && next_ == *end_; }
  /// And have been read.
  bool at_end() const { return complete() && readable() == 0; }

  /// Forgets what was not read.
  void discard();

  /// Credit that should be told to the peer, if it has grown enough to be worth a chunk.
  bool credit_due() const;
  /// The writer has less than half of a window left.
  bool credit_scarce() const { return limit_ < next_ + window_ / 2; }
  /// The limit to tell; it counts as told. A multiple of line::kCreditUnit.
  std::uint64_t give_credit();

 private:
  void grow_window(Time now, Duration round_trip);

  CreditPool& pool_;
  base::ByteQueue queue_;
  base::RangeSet arrived_;  // above next_
  std::uint64_t next_ = 0;
  std::optional<std::uint64_t> end_;
  std::uint64_t window_;
  std::uint64_t limit_;  // told to the peer
  std::uint64_t initial_;
  std::uint64_t measured_from_ = 0;
  Time measured_since_{};
};

}  // namespace serialtcp::mux
