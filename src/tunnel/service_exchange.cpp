#include "tunnel/service_exchange.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::tunnel {

ServiceExchange::ServiceExchange(const ServiceNames& own) : own_(wire::write_services(own)) {
  CHECK(own.size() <= limits::kMaxServices);
}

void ServiceExchange::begin() {
  due_.clear();
  for (std::size_t part = own_.size(); part-- > 0;) due_.push_back(static_cast<std::uint8_t>(part));
  peer_ = {};
  heard_.clear();
  names_heard_ = 0;
  complete_ = false;
}

wire::chunk::Services ServiceExchange::next() {
  const std::uint8_t part = due_.back();
  due_.pop_back();
  return {part, static_cast<std::uint8_t>(own_.size()), own_[part]};
}

void ServiceExchange::write(FrameRoom& room, Time) {
  // A frame that requests an ack measures the line, and must be short for that.
  if (room.frame.record.answer_at_once) return;
  while (has_next() && room.has_room()) {
    const wire::chunk::Services part = next();
    wire::write_chunk(part, room.raw);
    room.tickets().push_back(ticket({}, part.part, 0));
  }
}

ServiceExchange::Heard ServiceExchange::hear(const wire::chunk::Services& chunk) {
  if (heard_.empty()) heard_.resize(std::min<std::size_t>(chunk.parts, wire::kMaxServicesParts));
  if (chunk.parts != heard_.size() || chunk.part >= chunk.parts) return Heard::malformed;
  if (heard_[chunk.part]) return Heard::part;
  const std::optional<ServiceNames> names = wire::read_services(chunk.names);
  if (!names) return Heard::malformed;
  names_heard_ += names->size();
  if (names_heard_ > limits::kMaxServices) return Heard::malformed;
  heard_[chunk.part] = names;
  complete_ = std::ranges::all_of(heard_, [](const auto& part) { return part.has_value(); });
  if (!complete_) return Heard::part;
  for (const std::optional<ServiceNames>& part : heard_) {
    for (const auto list : {&ServiceNames::offered, &ServiceNames::wanted, &ServiceNames::datagrams_offered,
                            &ServiceNames::datagrams_wanted}) {
      (peer_.*list).insert((peer_.*list).end(), ((*part).*list).begin(), ((*part).*list).end());
    }
  }
  return Heard::all;
}

}  // namespace serialtcp::tunnel
