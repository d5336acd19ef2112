// Confirmations: tells the peer that its guess about a damaged frame is right. docs/protocol.md, "Repair".
// When a confirmation is delivered or lost, so is the frame that it concerns.
#pragma once

#include <functional>
#include <utility>

#include "tunnel/link.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Confirmations final : public Speaker {
 public:
  using Settle = std::function<void(const link::Sender::Outcome&, Time)>;

  /// `settle` is called with the fate of the frames that were confirmed.
  Confirmations(Link& link, Settle settle) : link_(link), settle_(std::move(settle)) {}

  Time due(During) const override { return link_.sender->has_confirmations() ? Time{} : kNever; }
  /// Writes all of them, in the first frame that begins after they became due: the peer relies on that.
  void write(FrameRoom& room, Time) override {
    while (link_.sender->has_confirmations()) {
      const std::uint64_t number = link_.sender->next_confirmation();
      wire::write_chunk(wire::chunk::Confirmed{static_cast<std::uint16_t>(number)}, room.raw);
      room.tickets().push_back(ticket({}, number, 0, link::Ticket::Kind::confirmed));
    }
  }
  void delivered(const link::Ticket& ticket, Time now) override {
    settle_(link_.sender->confirmation_settled(ticket.offset, link::Sender::Fate::delivered), now);
  }
  void lost(const link::Ticket& ticket, Time now) override {
    settle_(link_.sender->confirmation_settled(ticket.offset, link::Sender::Fate::lost), now);
  }

 private:
  Link& link_;
  Settle settle_;
};

}  // namespace serialtcp::tunnel
