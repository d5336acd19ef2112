// LeaveExchange: lets two ends agree when one of them can exit: LEAVING, and LEFT in answer to it. It does not know
// streams. docs/protocol.md, "Leaving".
#pragma once

#include <cstdint>
#include <optional>

#include "serialtcp/time.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class LeaveExchange final : public Speaker {
 public:
  /// This end will exit. Sent once, and repeated if it is lost.
  void leave() {
    if (leaving_ == Saying::nothing) leaving_ = Saying::wanted;
  }
  /// How many bytes the peer still has to deliver, as it reported last; nothing if it has not.
  std::optional<std::uint64_t> peer_left() const { return peer_left_; }
  void hear_left(std::uint64_t bytes) { peer_left_ = bytes; }

  /// The peer will exit. Returns whether that was not known.
  bool hear_leaving();
  bool peer_leaves() const { return peer_leaves_; }
  /// How many bytes this end still has to deliver to a peer that will exit. Sent when it changes from or to 0, else at
  /// most once a second.
  void set_left(std::uint64_t bytes, Time now);

  /// It can wait until the open frame has ended.
  Time due(During during) const override {
    const bool wanted = leaving_ == Saying::wanted || left_ == Saying::wanted;
    return wanted && during == During::no_frame ? Time{} : kNever;
  }
  void write(FrameRoom& room, Time now) override;
  void lost(const link::Ticket& ticket, Time now) override;
  void forget() override;

 private:
  enum class Saying : std::uint8_t { nothing, wanted, said };

  Saying leaving_ = Saying::nothing;
  Saying left_ = Saying::nothing;
  std::uint64_t left_bytes_ = 0;
  Time left_said_{};
  bool peer_leaves_ = false;
  std::optional<std::uint64_t> peer_left_;
};

}  // namespace serialtcp::tunnel
