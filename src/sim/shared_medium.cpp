#include "sim/shared_medium.h"

#include <algorithm>

namespace serialtcp::sim {

namespace {

// A driver that is stopped may still send some bytes; it continues when there is space for some.
constexpr std::size_t kFlowMargin = 16;

constexpr std::size_t other(std::size_t end) {
  return 1 - end;
}

Duration byte_time(const Wire& wire) {
  const LineSettings& line = wire.config().sender;
  return line.baud == 0 ? Duration{} : character_time(line, 1);
}

}  // namespace

Time SharedMedium::next_event(std::size_t end, const Wire& from_0, const Wire& from_1) const {
  const Time step = next_step(from_0, from_1);
  return arrivals_[end].empty() ? step : std::min(step, arrivals_[end].front().at);
}

Time SharedMedium::next_step(const Wire& from_0, const Wire& from_1) const {
  const Time wires = std::min(from_0.next_arrival(), from_1.next_arrival());
  return config_.kind == SharedMediumConfig::Kind::radio ? std::min(wires, air_due()) : wires;
}

void SharedMedium::advance(const Wires& wires, Time now) {
  for (;;) {
    const Time at = next_step(*wires[0], *wires[1]);
    if (at > now) return;
    const bool radio = config_.kind == SharedMediumConfig::Kind::radio;
    if (radio && air_due() <= at) {
      air_byte(wires, at);
      continue;
    }
    const std::size_t end = wires[0]->next_arrival() <= wires[1]->next_arrival() ? 0 : 1;
    radio ? fill_modem(end, *wires[end], at) : take_from_pair(end, wires, at);
  }
}

void SharedMedium::receive(std::size_t end, Time now, Bytes& out) {
  std::deque<Arrival>& arrivals = arrivals_[end];
  while (!arrivals.empty() && arrivals.front().at <= now) {
    out.push_back(arrivals.front().byte);
    arrivals.pop_front();
  }
}

std::size_t SharedMedium::in_transit_to(std::size_t end) const {
  return arrivals_[end].size() + modem_[other(end)].size() + packet_[other(end)].size();
}

void SharedMedium::deliver(std::size_t to, Byte byte, Time at) {
  if (!arrivals_[to].empty()) at = std::max(at, arrivals_[to].back().at);
  arrivals_[to].push_back({at, byte});
}

// ---- Radio ----

void SharedMedium::fill_modem(std::size_t end, Wire& wire, Time at) {
  scratch_.clear();
  wire.receive(at, scratch_);
  if (modem_[0].empty() && modem_[1].empty() && !scratch_.empty()) air_free_ = std::max(air_free_, at);
  for (const Byte byte : scratch_) {
    if (modem_[end].size() < config_.buffer) {
      modem_[end].push_back(byte);
    } else {
      ++stats_.dropped;
    }
  }
  control_flow(end, wire, at);
}

void SharedMedium::control_flow(std::size_t end, Wire& wire, Time at) {
  if (config_.overflow != SharedMediumConfig::Overflow::held) return;
  const std::size_t full = config_.buffer - std::min(config_.buffer / 2, kFlowMargin);
  const bool hold = modem_[end].size() >= (held_[end] ? full - full / 4 : full);
  if (hold == held_[end]) return;
  held_[end] = hold;
  hold ? wire.hold(at) : wire.release(at);
}

Time SharedMedium::air_due() const {
  if (modem_[0].empty() && modem_[1].empty()) return kNever;
  const bool changes =
      modem_[talker_].empty() || (talked_ >= config_.quantum && !modem_[other(talker_)].empty());
  return changes ? air_free_ + config_.turn_round : air_free_;
}

/// The air begins to transmit a byte.
void SharedMedium::air_byte(const Wires& wires, Time at) {
  if (modem_[talker_].empty() || (talked_ >= config_.quantum && !modem_[other(talker_)].empty())) {
    talker_ = other(talker_);
    talked_ = 0;
    ++stats_.changes;
  }
  const Byte byte = modem_[talker_].front();
  modem_[talker_].pop_front();
  control_flow(talker_, *wires[talker_], at);
  ++talked_;
  air_free_ = at + Duration(std::chrono::seconds(1)) / config_.air_rate;
  if (config_.delivery == SharedMediumConfig::Delivery::bytes) {
    deliver(other(talker_), byte, air_free_ + config_.latency);
    return;
  }
  packet_[talker_].push_back(byte);
  if (modem_[talker_].empty() || packet_[talker_].size() >= config_.quantum) end_packet(talker_, air_free_);
}

void SharedMedium::end_packet(std::size_t end, Time at) {
  for (const Byte byte : packet_[end]) deliver(other(end), byte, at + config_.latency);
  packet_[end].clear();
}

// ---- Two wires ----

void SharedMedium::take_from_pair(std::size_t end, const Wires& wires, Time at) {
  scratch_.clear();
  wires[end]->receive(at, scratch_);
  const Duration length = byte_time(*wires[end]);
  const bool destroyed = overlaps(end, at - length, at, *wires[other(end)]);
  if (last_sent_[end] < last_sent_[other(end)]) ++stats_.changes;
  last_sent_[end] = at;
  for (const Byte byte : scratch_) {
    if (destroyed) ++stats_.collided;
    if (!destroyed) deliver(other(end), byte, at + config_.latency);
    if (config_.talker_hears == SharedMediumConfig::Hears::itself) {
      // Two drivers work against each other: the byte that comes back is neither of the two.
      deliver(end, destroyed ? static_cast<Byte>(byte & 0x5A) : byte, at);
    }
  }
}

/// Whether the other end sends, or still holds the wires, at any time between these.
bool SharedMedium::overlaps(std::size_t end, Time begin, Time finish, const Wire& wire) const {
  const Time last = last_sent_[other(end)];
  if (last != Time{} && last + config_.turn_round > begin) return true;
  const Time next = wire.next_arrival();
  return next != kNever && next - byte_time(wire) < finish;
}

}  // namespace serialtcp::sim
