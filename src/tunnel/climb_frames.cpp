// What is sent about the speed of the line.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/prng.h"
#include "tunnel/climb.h"
#include "tunnel/climb_timing.h"

namespace serialtcp::tunnel {

namespace {

using namespace climbing;

// For GO, while nothing is sent.
constexpr Duration kGoPatience = 300ms;
constexpr std::size_t kProbeSize = 96;
// Where so much is lost that a lower speed is better, READY and GO are sent more than once: an end that misses one of them is at
// another speed than its peer, and both have to find out.
constexpr int kTimesToSayOnAPoorLine = 3;

/// Hard ones: no edges, many edges, nothing regular, long runs.
Bytes pattern(unsigned index) {
  static constexpr std::array<Byte, 4> kSame = {0x00, 0xFF, 0x55, 0xAA};
  if (index < kSame.size()) return Bytes(kProbeSize, kSame[index]);
  Bytes bytes(kProbeSize);
  if (index == kSame.size()) {
    base::Prng random(kProbeSize);
    for (Byte& byte : bytes) byte = static_cast<Byte>(random.next());
    return bytes;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = (i / 24) % 2 == 0 ? Byte{0x00} : Byte{0xFF};
  return bytes;
}

}  // namespace

Time Climb::due(During during) const {
  if (state_ == State::off || is_silent()) return kNever;
  if (state_ == State::promised || state_ == State::draining || propose_due_) return Time{};
  if (state_ == State::proving) return to_send_ != 0 ? probe_from_ : kNever;
  const bool news = rungs_due_ || loss_due_;
  return news && during == During::no_frame ? Time{} : kNever;
}

int Climb::times_to_say() const {
  return goes_down() ? kTimesToSayOnAPoorLine : 1;
}

void Climb::write(FrameRoom& room, Time now) {
  if (state_ == State::off || is_silent() || !room.has_room()) return;
  if (is_alone()) {
    if (state_ == State::proving) return write_probes(room, now);
    if (to_say_ == times_to_say()) said_at_ = now;
    said_ = --to_say_ == 0;
    if (state_ == State::promised)
      timer_ = now + kGoPatience + 2 * std::min(link_.sender->rtt().patience(), kGoPatience);
    const SpeedKind kind = state_ == State::promised ? SpeedKind::ready : SpeedKind::go;
    return wire::write_chunk(wire::chunk::Speed{.kind = kind, .number = number_}, room.raw);
  }
  if (std::exchange(propose_due_, false)) {
    said_at_ = now;
    wire::write_chunk(wire::chunk::Speed{.kind = SpeedKind::propose, .number = number_, .speed = target_},
                      room.raw);
    room.tickets().push_back(ticket({}, static_cast<std::uint64_t>(Said::propose), number_));
  }
  // A frame that requests an ack measures the line, and must be short for that.
  if (room.frame.record.answer_at_once) return;
  if (std::exchange(rungs_due_, false)) {
    std::array<Byte, 4 * kSpeeds.size() + 8> buffer;
    base::Writer rungs(buffer);
    if (is_raised()) rungs.little(speed_, 4);
    rungs.little(speeds_.base, 4);
    for (const std::uint32_t speed : kSpeeds) {
      if (speed != speeds_.base && can(speed)) rungs.little(speed, 4);
    }
    wire::write_chunk(wire::chunk::Speed{.kind = SpeedKind::rungs, .bytes = rungs.written()}, room.raw);
    room.tickets().push_back(ticket({}, static_cast<std::uint64_t>(Said::rungs), 0));
  }
  if (const auto loss = std::exchange(loss_due_, std::nullopt))
    wire::write_chunk(wire::chunk::Speed{.kind = SpeedKind::loss, .permille = *loss}, room.raw);
}

/// One in a frame.
void Climb::write_probes(FrameRoom& room, Time now) {
  if (to_send_ == 0 || now < probe_from_) return;
  const auto index = static_cast<unsigned>(std::countr_zero(to_send_));
  to_send_ &= to_send_ - 1;
  wire::write_chunk(wire::chunk::Speed{.kind = SpeedKind::probe, .number = number_, .bytes = pattern(index)},
                    room.raw);
  room.tickets().push_back(ticket({}, index, number_));
}

void Climb::delivered(const link::Ticket& ticket, Time now) {
  if (state_ != State::proving || ticket.length != number_ || ticket.offset >= kProbes) return;
  arrived_ |= 1U << ticket.offset;
  if (is_proven()) begin_trial(now);
}

void Climb::lost(const link::Ticket& ticket, Time) {
  if (state_ == State::off) return;
  const bool current = ticket.length == number_;
  if (ticket.offset == static_cast<std::uint64_t>(Said::rungs)) rungs_due_ = true;
  if (ticket.offset == static_cast<std::uint64_t>(Said::propose))
    propose_due_ = propose_due_ || (current && state_ == State::proposed);
  if (ticket.offset < kProbes && current && state_ == State::proving)
    to_send_ |= 1U << ticket.offset & ~arrived_;
}

void Climb::tell(What what, std::uint32_t speed, std::uint32_t other, unsigned permille) {
  link_.events.push_of_line(event::LineSpeed{what, speed, other, permille});
}

}  // namespace serialtcp::tunnel
