// Candidates: damaged frames of the peer, each with a guess of what it was. The guess is kept here until the peer
// confirms it. docs/protocol.md, "Mending".
//
//   held -- sent to the peer, in our frame s --> told -- confirmed --> taken
//                                                 |
//                                                 +-- the peer has received s and did not confirm --> dropped
//
// A peer that was told may rely on it: nothing is dropped while a confirmation can still come. How frames are repaired,
// and what becomes of their bytes, is not known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"
#include "tunnel/speaker.h"
#include "wire/chunk.h"

namespace serialtcp::tunnel {

class Candidates final : public Speaker {
 public:
  /// So many at once; what comes damaged then is sent again.
  static constexpr std::size_t kMost = 16;
  /// DATA chunks in one of them. A long frame has one or two.
  static constexpr std::size_t kMostPieces = 16;

  /// The bytes of a DATA chunk, their place in the stream settled as when the frame came.
  struct Piece {
    StreamId stream;
    std::uint64_t offset = 0;
    wire::Packing packing = wire::Packing::plain;
    ByteView bytes;  ///< of the candidate's `body`
  };
  struct Candidate {
    std::uint64_t number = 0;
    std::uint64_t fingerprint = 0;
    Bytes body;
    std::vector<Piece> pieces;
  };

  bool full() const { return held_.size() >= kMost; }
  /// Not when full().
  void hold(Candidate candidate);
  bool has_untold() const { return untold_ > 0; }
  /// The next to tell of, which counts as told in our frame `in_frame`. Only if there is one.
  wire::chunk::Candidate tell(std::uint64_t in_frame);
  /// The one that the peer confirms, which is held no longer.
  std::optional<Candidate> take(std::uint16_t number_low16);
  /// All that the peer's frame `number` says has been heeded. It has heard of our frames up to `acked`.
  void heard(std::uint64_t number, std::uint64_t acked);
  void clear();

  Time due(During) const override { return has_untold() ? Time{} : kNever; }
  /// All of them, in the first frame that is begun after they came: the peer relies on that. A ticket only makes the
  /// peer acknowledge the frame.
  void write(FrameRoom& room, Time) override {
    while (has_untold()) {
      wire::write_chunk(tell(room.frame.record.number), room.raw);
      room.tickets().push_back(ticket({}, 0, 0));
    }
  }
  void forget() override { clear(); }

 private:
  struct Held {
    Candidate candidate;
    std::uint64_t told_in = 0;  ///< 0: not yet
    /// If at all, in the peer's frame of this number at the latest.
    std::optional<std::uint64_t> confirmed_by;
  };

  std::deque<Held> held_;
  std::size_t untold_ = 0;  // of held_, the last ones
};

}  // namespace serialtcp::tunnel
