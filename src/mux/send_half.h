// SendHalf: the outgoing direction of a stream. Holds content from write() until the line is about to take
// it, then its coded form until the peer has acknowledged it, and knows what was lost and must be
// retransmitted.
//
//   content    what the application writes and the other one reads: credit counts it
//   coded      what DATA chunks carry, plain or packed: offsets, the end, losses and acks count it
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_queue.h"
#include "base/range_set.h"
#include "mux/packer.h"
#include "mux/piece.h"

#include "serialtcp/bytes.h"

namespace serialtcp::mux {

/// The state of something that must reach the peer once.
enum class Delivery : std::uint8_t { not_needed, wanted, under_way, delivered };

class SendHalf {
 public:
  explicit SendHalf(std::uint64_t credit) : limit_(credit) {}

  // ---- The writer ----
  /// Pending content, and coded bytes that are not acknowledged.
  std::size_t held() const { return content_.size() + coded_.size(); }
  void write(ByteView bytes) { content_.append(bytes); }
  void shut();
  bool is_shut() const { return fin_ != Delivery::not_needed; }
  /// How much smaller recent content becomes on the line.
  double ratio() const { return packer_.ratio(); }

  // ---- Coding ----
  struct Loaded {
    std::size_t content = 0;  ///< bytes of content that were coded
    std::size_t coded = 0;    ///< coded bytes that they have become
    wire::Packing packing = wire::Packing::plain;
  };
  /// Codes a piece of content, if few coded bytes are pending. To be called before next(), when the line is
  /// about to take more: the later, the more there is to pack together.
  Loaded load(std::uint64_t rate, Time now, PackerPool& pool);
  bool in_packed_run() const { return packer_.in_run(); }
  Time last_packed() const { return packer_.last_packed(); }
  /// Ends the packed run, so that another stream can have its place. Only in a run.
  void end_packed_run();
  /// The peer has no memory in use for this stream any more.
  void leave_place() { place_.reset(); }

  // ---- The line ----
  /// The piece to be sent next, of at most `most` bytes: first what was lost, then what is new.
  Piece next(std::size_t most) const;
  bool has_next() const { return !lost_.empty() || sent_ < coded_.end() || loadable() > 0; }
  /// Whether `piece`, the result of next(), is followed by new bytes of the other kind (plain or packed).
  bool changes_kind_after(const Piece& piece) const;
  void sent(std::uint64_t offset, std::size_t length);
  void lost(std::uint64_t offset, std::size_t length);
  void delivered(std::uint64_t offset, std::size_t length);
  /// Bytes up to the newest that were sent and not acknowledged, gaps included: the possible difference of
  /// the peer's position.
  std::uint64_t spread() const { return sent_ - coded_.begin(); }
  /// True when everything before `offset` is known to have arrived, so that the peer's position is exactly
  /// there.
  bool peer_is_at(std::uint64_t offset) const { return coded_.begin() == offset && sent_ == offset; }
  /// Everything that was written has been sent at least once.
  bool all_sent() const { return content_.size() == 0 && sent_ == coded_.end(); }

  // ---- Credit and end ----
  /// The peer accepts content at offsets below this. Returns whether the limit grew.
  bool raise_limit(std::uint64_t limit);
  std::uint64_t limit() const { return limit_; }
  std::uint64_t end() const { return coded_.end(); }
  std::uint64_t first_unsent() const { return sent_; }
  std::uint64_t first_unacknowledged() const { return coded_.begin(); }

  Delivery fin() const { return fin_; }
  void set_fin(Delivery fin);
  /// The offset of the end is known only when all content has been coded.
  bool fin_can_be_said() const { return fin_ == Delivery::wanted && content_.size() == 0; }
  /// The end and all before it have arrived.
  bool finished() const { return fin_ == Delivery::delivered && held() == 0; }

  /// Forgets everything but that the peer may still have a packed run open. For good: nothing more is to be written.
  void discard();
  bool discarded() const { return discarded_; }

 private:
  /// Content that the credit permits to be coded.
  std::size_t loadable() const;
  void append(ByteView coded, wire::Packing packing);
  void leave_run_to_the_end();

  base::ByteQueue content_;  // by offsets of the content
  base::ByteQueue coded_;    // this and the following: by offsets of coded bytes
  base::RangeSet packed_;
  std::uint64_t sent_ = 0;  // bytes at offsets below were sent at least once
  std::uint64_t limit_ = 0;
  base::RangeSet acked_;  // above coded_.begin()
  base::RangeSet lost_;
  Delivery fin_ = Delivery::not_needed;
  bool discarded_ = false;

  Packer packer_;
  std::optional<RunPlace> place_;
  std::uint64_t run_end_ = 0;  // the end of what was packed last
};

}  // namespace serialtcp::mux
