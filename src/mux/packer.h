// Packer: decides how a stream's content is sent, plain or packed, one piece at a time, when the line is
// about to take it. It tries content that may be worth packing, stops when it is not, and tries again at
// growing intervals. It owns the compressor while packing. It does not know offsets, credit or frames.
// docs/protocol.md, "Packed data".
//
//           a sample shrinks, and a place is free
//   plain ---------------------------------------> packing
//     ^                                               |
//     +-- 4 kB in a row did not shrink, or end_run() -+
#pragma once

#include <cstdint>
#include <optional>

#include "mux/compressor.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "wire/chunk.h"

namespace serialtcp::mux {

/// Shared by all packers of an endpoint: what its peer can unpack.
struct PackerPool {
  unsigned window_log = 0;  ///< 0: the peer, or this end, wants plain bytes only
  std::size_t most = 0;     ///< packed runs that may be open at once
  std::size_t in_use = 0;   ///< open, or ended and not known to have arrived
  bool refused = false;     ///< a packer needed to start one when there were `most`
  Probe probe;
};

/// One of the packed runs that may be open at once, for as long as the peer may have it open.
class RunPlace {
 public:
  explicit RunPlace(PackerPool& pool) : pool_(&pool) { ++pool.in_use; }
  RunPlace(RunPlace&& other) noexcept : pool_(other.pool_) { other.pool_ = nullptr; }
  RunPlace& operator=(RunPlace&&) = delete;
  ~RunPlace() {
    if (pool_ != nullptr) --pool_->in_use;
  }

 private:
  PackerPool* pool_;
};

class Packer {
 public:
  struct Piece {
    std::size_t taken = 0;  ///< bytes of the content
    wire::Packing packing = wire::Packing::plain;
  };
  /// How the beginning of `content` (not empty) is sent on a line of this rate. If packed, its packed form is
  /// appended to `out`; if plain, nothing is. `place`: that of the run; taken when one begins, and released
  /// by the caller when the peer has received all of an ended run.
  Piece next(ByteView content, std::uint64_t rate, Time now, PackerPool& pool, std::optional<RunPlace>& place,
             Bytes& out);

  bool in_run() const { return compressor_.has_value(); }
  /// When it last packed something.
  Time last_packed() const { return last_packed_; }
  /// Appends the end of the run to `out`, so that the peer can free its memory. Only in a run.
  void end_run(Bytes& out);
  /// How much smaller recent content became: 1 if it is sent plain.
  double ratio() const { return compressor_ ? ratio_ : 1.0; }

 private:
  bool worth_a_run(ByteView content, PackerPool& pool, const std::optional<RunPlace>& place);
  void wait_longer();

  std::optional<Compressor> compressor_;
  double ratio_ = 1.0;
  Time last_packed_{};
  std::size_t not_shrunk_ = 0;   // content in a row that did not shrink
  std::size_t until_probe_ = 0;  // content to be sent plain before the next trial
  std::size_t wait_ = 0;         // the last value of until_probe_
};

}  // namespace serialtcp::mux
