// SendHalf: one direction of a stream, outgoing. Holds content from write() until the line is about to take
// it, then what the packer made of it until the peer has acknowledged that, and knows what was lost and has
// to go again.
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

/// How far something that must reach the peer once has come.
enum class Delivery : std::uint8_t { not_needed, wanted, under_way, delivered };

class SendHalf {
 public:
  explicit SendHalf(std::uint64_t credit) : limit_(credit) {}

  // ---- The writer ----
  /// Content that waits, and coded bytes that are not acknowledged.
  std::size_t held() const { return content_.size() + coded_.size(); }
  void write(ByteView bytes) { content_.append(bytes); }
  void shut();
  bool is_shut() const { return fin_ != Delivery::not_needed; }
  /// How much smaller content becomes on the line, lately.
  double ratio() const { return packer_.ratio(); }

  // ---- Coding ----
  struct Loaded {
    std::size_t content = 0;  ///< bytes that have left the content
    std::size_t coded = 0;    ///< bytes that they have become
    wire::Packing packing = wire::Packing::plain;
  };
  /// Codes a piece of content, if little that is coded waits to be sent. To be called before next(), when the
  /// line is about to take more: the later, the more there is to pack together.
  Loaded load(std::uint64_t rate, Time now, PackerPool& pool);
  bool in_packed_run() const { return packer_.in_run(); }
  Time last_packed() const { return packer_.last_packed(); }
  /// Ends the packed run, so that another stream can have its place. Only in a run.
  void end_packed_run();
  /// The peer has nothing of this stream in memory any more.
  void leave_place() { place_.reset(); }

  // ---- The line ----
  /// What should go next, at most so many bytes: first what was lost, then what is new.
  Piece next(std::size_t most) const;
  bool has_next() const { return !lost_.empty() || sent_ < coded_.end() || loadable() > 0; }
  /// Does `piece`, which is what next() says, stop short of more new bytes only because these are of another
  /// kind?
  bool changes_kind_after(const Piece& piece) const;
  void sent(std::uint64_t offset, std::size_t length);
  void lost(std::uint64_t offset, std::size_t length);
  void delivered(std::uint64_t offset, std::size_t length);
  /// Bytes up to the newest that were sent and not acknowledged, holes included: what the peer's place may
  /// differ by.
  std::uint64_t spread() const { return sent_ - coded_.begin(); }
  /// True when everything before `offset` is known to have arrived, so that the peer's place is exactly
  /// there.
  bool peer_is_at(std::uint64_t offset) const { return coded_.begin() == offset && sent_ == offset; }
  /// Everything that was written has been sent at least once.
  bool all_sent() const { return content_.size() == 0 && sent_ == coded_.end(); }

  // ---- Credit and end ----
  /// The peer takes content at offsets below this (16 low bits of it in units; see wire/chunk.h). Returns
  /// whether it grew.
  bool raise_limit(std::uint64_t limit);
  std::uint64_t limit() const { return limit_; }
  std::uint64_t end() const { return coded_.end(); }
  std::uint64_t first_unsent() const { return sent_; }
  std::uint64_t first_unacknowledged() const { return coded_.begin(); }

  Delivery fin() const { return fin_; }
  void set_fin(Delivery fin);
  /// Where the end is is known only when all content has been coded.
  bool fin_can_be_said() const { return fin_ == Delivery::wanted && content_.size() == 0; }
  /// The end and all before it have arrived.
  bool finished() const { return fin_ == Delivery::delivered && held() == 0; }

  /// Forgets everything but that the peer may still have a packed run open. For good: nothing more is to be written.
  void discard();
  bool discarded() const { return discarded_; }

 private:
  /// Content that the credit allows to be coded.
  std::size_t loadable() const;
  void append(ByteView coded, wire::Packing packing);
  void leave_run_to_the_end();

  base::ByteQueue content_;  // offsets of the content
  base::ByteQueue coded_;    // and all below: offsets of what is coded
  base::RangeSet packed_;
  std::uint64_t sent_ = 0;  // offsets below were sent at least once
  std::uint64_t limit_ = 0;
  base::RangeSet acked_;  // above coded_.begin()
  base::RangeSet lost_;
  Delivery fin_ = Delivery::not_needed;
  bool discarded_ = false;

  Packer packer_;
  std::optional<RunPlace> place_;
  std::uint64_t run_end_ = 0;  // where what was packed last ends
};

}  // namespace serialtcp::mux
