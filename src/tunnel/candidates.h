// Candidates: damaged frames of the peer, each with a guess of what it was. The guess is kept here until the
// peer confirms it. docs/protocol.md, "Repair".
//
//   held -- sent to the peer, in our frame s --> told -- confirmed --> taken
//                                                 |
//                                                 +-- the peer has received s and did not confirm --> dropped
//
// The peer relies on this: nothing is dropped while a confirmation can still come. How frames are repaired,
// and what happens to their bytes, is not known here.
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
  /// Maximum at the same time; further damaged frames are retransmitted.
  static constexpr std::size_t kMost = 16;
  /// DATA chunks in one of them. A long frame has one or two.
  static constexpr std::size_t kMostPieces = 16;

  /// The bytes of a DATA chunk, with their position in the stream as it was when the frame arrived.
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
  /// The next one to be sent, which then counts as sent in our frame `in_frame`. Only if there is one.
  wire::chunk::Candidate tell(std::uint64_t in_frame);
  /// The one that the peer confirms, which is then not held any longer.
  std::optional<Candidate> take(std::uint16_t number_low16);
  /// The peer's frame `number` has been processed. The peer has received our frames up to `acked`.
  void heard(std::uint64_t number, std::uint64_t acked);
  void clear();

  Time due(During) const override { return has_untold() ? Time{} : kNever; }
  /// Writes all of them, in the first frame that begins after they arrived: the peer relies on that. Their
  /// ticket only makes the peer acknowledge the frame.
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
    std::uint64_t told_in = 0;  ///< 0: not sent yet
    /// The last frame of the peer that may confirm it.
    std::optional<std::uint64_t> confirmed_by;
  };

  std::deque<Held> held_;
  std::size_t untold_ = 0;  // of held_, the last ones
};

}  // namespace serialtcp::tunnel
