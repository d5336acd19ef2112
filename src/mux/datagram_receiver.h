// DatagramReceiver: puts the pieces of one stream's datagrams together, and holds those that are whole until
// they are read. Whatever does not fit exactly is dropped, never repaired. It does not know frames but by
// their numbers. docs/protocol.md, "Datagrams".
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>

#include "mux/datagram_room.h"
#include "serialtcp/bytes.h"
#include "wire/chunk.h"

namespace serialtcp::mux {

class DatagramReceiver;

/// Datagrams of which a part has arrived, of all streams of an endpoint, the one first that has waited
/// longest for its next piece.
struct PartialDatagrams {
  std::list<DatagramReceiver*> waiting;
  std::size_t held = 0;       ///< bytes
  std::uint64_t dropped = 0;  ///< since the beginning
};

class DatagramReceiver {
 public:
  /// A continuation counts only within so many frames of the piece before it. Since a frame carries at most
  /// limits::kMaxFrame bytes, fewer than 2^23 can have gone in between, and its offset, which has 23 bits,
  /// is the right one only if nothing has.
  static constexpr std::uint64_t kMostFramesBetween = 2047;
  static_assert((kMostFramesBetween + 1) * limits::kMaxFrame <= std::uint64_t{1} << 23);

  /// Both outlive the receiver.
  DatagramReceiver(DatagramRoom& room, PartialDatagrams& partials) : room_(room), partials_(partials) {}
  ~DatagramReceiver() { discard(); }
  DatagramReceiver(const DatagramReceiver&) = delete;
  DatagramReceiver& operator=(const DatagramReceiver&) = delete;

  enum class Outcome : std::uint8_t {
    nothing,  ///< no datagram yet
    whole,    ///< one more can be read
    no_room,  ///< one more had come, but too many wait to be read: it is dropped
    breach,   ///< no correct peer sends this
  };
  /// A DATA chunk out of the frame with this number.
  Outcome receive(const wire::chunk::Data& data, std::uint64_t frame);
  /// The oldest that was not read.
  std::optional<Bytes> read();
  bool empty() const { return whole_.empty(); }
  std::size_t held() const { return held_ + (partial_ ? partial_->bytes.size() : 0); }

  /// Nothing more comes.
  void end() { drop_partial(); }
  /// And nothing more is read.
  void discard();

 private:
  struct Partial {
    std::uint32_t size;  ///< when it is whole
    Bytes bytes;
    std::uint32_t next_offset;  ///< low 23 bits
    std::uint64_t frame;        ///< of the latest piece
    std::list<DatagramReceiver*>::iterator place;
  };

  Outcome begin(const wire::chunk::Data& data, std::uint64_t frame);
  Outcome go_on(const wire::chunk::Data& data, std::uint64_t frame);
  Outcome keep(Bytes datagram);
  void add_to_partial(ByteView bytes, std::uint64_t frame);
  void drop_partial();
  Bytes take_partial();

  DatagramRoom& room_;
  PartialDatagrams& partials_;
  std::optional<Partial> partial_;
  std::list<Bytes> whole_;
  std::size_t held_ = 0;  // by whole_, as the room counts it
};

}  // namespace serialtcp::mux
