#include "tunnel/leave_exchange.h"

#include <utility>

#include "wire/chunk.h"

namespace serialtcp::tunnel {

namespace {

constexpr Duration kLeftInterval = std::chrono::seconds(1);
// Offsets of tickets.
constexpr std::uint64_t kLeavingTicket = 0;
constexpr std::uint64_t kLeftTicket = 1;

}  // namespace

bool LeaveExchange::hear_leaving() {
  return !std::exchange(peer_leaves_, true);
}

void LeaveExchange::set_left(std::uint64_t bytes, Time now) {
  if (!peer_leaves_) return;
  const bool first = left_ == Saying::nothing;
  const bool turns = (bytes == 0) != (left_bytes_ == 0);
  const bool changed = bytes != left_bytes_;
  if (!first && !turns && (!changed || now - left_said_ < kLeftInterval)) return;
  left_bytes_ = bytes;
  left_said_ = now;
  left_ = Saying::wanted;
}

void LeaveExchange::write(FrameRoom& room, Time) {
  if (leaving_ == Saying::wanted) {
    wire::write_chunk(wire::chunk::Leaving{}, room.raw);
    room.tickets().push_back(ticket({}, kLeavingTicket, 0));
    leaving_ = Saying::said;
  }
  if (left_ == Saying::wanted) {
    wire::write_chunk(wire::chunk::Left{left_bytes_}, room.raw);
    room.tickets().push_back(ticket({}, kLeftTicket, 0));
    left_ = Saying::said;
  }
}

void LeaveExchange::lost(const link::Ticket& ticket, Time) {
  Saying& saying = ticket.offset == kLeavingTicket ? leaving_ : left_;
  saying = Saying::wanted;
}

void LeaveExchange::forget() {
  leaving_ = left_ = Saying::nothing;
  left_bytes_ = 0;
  left_said_ = Time{};
  peer_leaves_ = false;
  peer_left_.reset();
}

}  // namespace serialtcp::tunnel
