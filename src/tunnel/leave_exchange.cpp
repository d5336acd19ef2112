#include "tunnel/leave_exchange.h"

#include <utility>

#include "wire/chunk.h"

namespace serialtcp::tunnel {

namespace {

constexpr Duration kLeftInterval = std::chrono::seconds(1);

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

void LeaveExchange::write(base::Writer& out, std::vector<link::Ticket>& tickets) {
  if (leaving_ == Saying::wanted) {
    wire::write_chunk(wire::chunk::Leaving{}, out);
    tickets.push_back({link::Ticket::Kind::leaving, {}, 0, 0});
    leaving_ = Saying::said;
  }
  if (left_ == Saying::wanted) {
    wire::write_chunk(wire::chunk::Left{left_bytes_}, out);
    tickets.push_back({link::Ticket::Kind::left, {}, 0, 0});
    left_ = Saying::said;
  }
}

void LeaveExchange::lost(link::Ticket::Kind kind) {
  Saying& saying = kind == link::Ticket::Kind::leaving ? leaving_ : left_;
  saying = Saying::wanted;
}

}  // namespace serialtcp::tunnel
