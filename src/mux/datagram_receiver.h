// DatagramReceiver: reassembles the datagrams of one stream, and holds the complete ones until they are read.
// What does not fit exactly is dropped, never repaired. Of frames it knows only the numbers.
// docs/protocol.md, "Datagrams".
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

/// The incomplete datagrams of all streams of an endpoint. The first one has waited longest for its next
/// piece.
struct PartialDatagrams {
  std::list<DatagramReceiver*> waiting;
  std::size_t held = 0;       ///< bytes
  std::uint64_t dropped = 0;  ///< since the beginning
};

class DatagramReceiver {
 public:
  /// A continuation counts only within this many frames of the piece before it. A frame carries at most
  /// limits::kMaxFrame bytes, so fewer than 2^23 bytes can have been sent in between, and its offset of 23
  /// bits is right only if none were.
  static constexpr std::uint64_t kMostFramesBetween = 2047;
  static_assert((kMostFramesBetween + 1) * limits::kMaxFrame <= std::uint64_t{1} << 23);

  /// Both must outlive the receiver.
  DatagramReceiver(DatagramRoom& room, PartialDatagrams& partials) : room_(room), partials_(partials) {}
  ~DatagramReceiver() { discard(); }
  DatagramReceiver(const DatagramReceiver&) = delete;
  DatagramReceiver& operator=(const DatagramReceiver&) = delete;

  enum class Outcome : std::uint8_t {
    nothing,  ///< no complete datagram yet
    whole,    ///< one more can be read
    no_room,  ///< one more was complete, but too many are unread: it is dropped
    breach,   ///< protocol violation
  };
  /// A DATA chunk of the frame with this number.
  Outcome receive(const wire::chunk::Data& data, std::uint64_t frame);
  /// The oldest one that was not read.
  std::optional<Bytes> read();
  bool empty() const { return whole_.empty(); }
  std::size_t held() const { return held_ + (partial_ ? partial_->bytes.size() : 0); }

  /// No more pieces will arrive.
  void end() { drop_partial(); }
  /// The same, and nothing more will be read.
  void discard();

 private:
  struct Partial {
    std::uint32_t size;  ///< of the complete datagram
    Bytes bytes;
    std::uint32_t next_offset;  ///< low 23 bits
    std::uint64_t frame;        ///< of the newest piece
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
  std::size_t held_ = 0;  // cost of whole_ in the room
};

}  // namespace serialtcp::mux
