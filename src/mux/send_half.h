// SendHalf: one direction of a stream, outgoing. Holds bytes from write() until the peer has acknowledged
// them, knows what was lost and has to go again, and where the credit ends.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_queue.h"
#include "base/range_set.h"

#include "serialtcp/bytes.h"

namespace serialtcp::mux {

/// How far something that must reach the peer once has come.
enum class Delivery : std::uint8_t { not_needed, wanted, under_way, delivered };

class SendHalf {
 public:
  explicit SendHalf(std::uint64_t credit) : limit_(credit) {}

  // ---- The writer ----
  std::size_t held() const { return queue_.size(); }
  void write(ByteView bytes) { queue_.append(bytes); }
  void shut();
  bool is_shut() const { return fin_ != Delivery::not_needed; }

  // ---- The line ----
  struct Piece {
    std::uint64_t offset = 0;
    ByteView bytes;  ///< valid until the next change of this half
  };
  /// What should go next, at most so many bytes: first what was lost, then what is new and within the credit.
  Piece next(std::size_t most) const;
  bool has_next() const { return !lost_.empty() || (sent_ < queue_.end() && sent_ < limit_); }
  void sent(std::uint64_t offset, std::size_t length);
  void lost(std::uint64_t offset, std::size_t length);
  void delivered(std::uint64_t offset, std::size_t length);
  /// Bytes up to the newest that were sent and not acknowledged, holes included: what the peer's place may
  /// differ by.
  std::uint64_t spread() const { return sent_ - queue_.begin(); }
  /// True when everything before `offset` is known to have arrived, so that the peer's place is exactly
  /// there.
  bool peer_is_at(std::uint64_t offset) const { return queue_.begin() == offset && sent_ == offset; }

  // ---- Credit and end ----
  /// The peer takes offsets below this (16 low bits of it in units; see line/chunk.h). Returns whether it
  /// grew.
  bool raise_limit(std::uint64_t limit);
  std::uint64_t limit() const { return limit_; }
  std::uint64_t end() const { return queue_.end(); }
  std::uint64_t first_unsent() const { return sent_; }
  std::uint64_t first_unacknowledged() const { return queue_.begin(); }

  Delivery fin() const { return fin_; }
  void set_fin(Delivery fin) { fin_ = fin; }
  /// The end and all before it have arrived.
  bool finished() const { return fin_ == Delivery::delivered && queue_.size() == 0; }

 private:
  base::ByteQueue queue_;
  std::uint64_t sent_ = 0;  // offsets below were sent at least once
  std::uint64_t limit_ = 0;
  base::RangeSet acked_;  // above queue_.begin()
  base::RangeSet lost_;
  Delivery fin_ = Delivery::not_needed;
};

}  // namespace serialtcp::mux
