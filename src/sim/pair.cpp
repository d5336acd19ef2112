#include "sim/pair.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::sim {

namespace {

// Starts late enough that times in the past are still after the epoch.
constexpr Time kStart = Time{} + std::chrono::hours(1);
constexpr std::size_t kRoom = 64 * 1024;
// No correct run needs this many steps without time passing.
constexpr std::uint64_t kMostIdleSteps = 100'000;

}  // namespace

Pair::Pair(const PairConfig& config)
    : config_(config), random_(config.seed), now_(kStart), cable_(config.cable, config.seed ^ 0x5EED) {
  for (Bytes& room : rooms_) room.resize(kRoom);
}

Endpoint& Pair::at(End end) {
  CHECK(running(end));
  return *endpoints_[index(end)];
}

void Pair::start(End end) {
  CHECK(!running(end));
  Entropy entropy;
  for (Byte& byte : entropy) byte = static_cast<Byte>(random_.next());
  endpoints_[index(end)].emplace(end == End::a ? config_.a : config_.b, entropy);
  // A driver that no program had open has kept nothing.
  arrived_.clear();
  cable_.receive(end, now_, arrived_);
  if (speeds(end)) {
    set_speed(end, speeds(end)->base);
    at(end).line_has_speeds(*speeds(end));
  }
  pump(end);
}

void Pair::set_speed(End end, std::uint32_t baud) {
  LineSettings settings = cable_.settings(end);
  settings.baud = baud;
  cable_.set_settings(end, settings, now_);
}

void Pair::change_speed(End end) {
  while (const std::optional<std::uint32_t> wanted = at(end).wanted_speed()) {
    set_speed(end, *wanted);
    at(end).speed_set(speed(end), now_);
  }
}

void Pair::set_protocol(End end, Protocol protocol) {
  (end == End::a ? config_.a : config_.b).protocol = protocol;
}

void Pair::set_key(End end, const std::optional<Key>& key) {
  (end == End::a ? config_.a : config_.b).key = key;
}

void Pair::set_services(End end, const ServiceNames& services) {
  (end == End::a ? config_.a : config_.b).services = services;
}

void Pair::stop(End end) {
  endpoints_[index(end)].reset();
  suspended_[index(end)] = false;
}

void Pair::resume(End end) {
  suspended_[index(end)] = false;
  serve(end);
}

void Pair::unplug(End end) {
  unplugged_[index(end)] = true;
  cable_.clear_queue(end, now_);
  if (running(end)) at(end).line_lost(now_);
}

void Pair::plug(End end) {
  unplugged_[index(end)] = false;
  if (speeds(end)) set_speed(end, speeds(end)->base);
  if (!running(end)) return;
  at(end).line_restored(now_);
  pump(end);
}

void Pair::pump(End end) {
  if (!running(end) || suspended(end) || unplugged_[index(end)]) return;
  change_speed(end);
  Bytes& room = rooms_[index(end)];
  while (const std::size_t free = std::min(kRoom, cable_.room(end, now_))) {
    const std::size_t count = at(end).transmit(MutableByteView(room).first(free), now_);
    if (count == 0) return;
    cable_.send(end, ByteView(room).first(count), now_);
  }
}

Time Pair::next(End end) {
  if (suspended(end)) return kNever;
  Time next = cable_.next_arrival(end);
  if (!running(end)) return next;
  next = std::min(next, at(end).deadline());
  if (unplugged_[index(end)]) return next;
  const Time transmit = at(end).transmit_due();
  if (transmit != kNever) next = std::min(next, std::max(transmit, cable_.room_time(end, 1)));
  return next;
}

bool Pair::step(Time limit) {
  const Time next = std::max(now_, std::min(this->next(End::a), this->next(End::b)));
  if (next > limit) {
    now_ = limit;
    return false;
  }
  steps_without_time_ = next > now_ ? 0 : steps_without_time_ + 1;
  CHECK(steps_without_time_ < kMostIdleSteps);
  now_ = next;
  serve(End::a);
  serve(End::b);
  return true;
}

void Pair::serve(End end) {
  if (suspended(end)) return;
  if (cable_.next_arrival(end) <= now_) {
    arrived_.clear();
    cable_.receive(end, now_, arrived_);
    if (tap_) tap_(end, arrived_, now_);
    if (running(end) && !unplugged_[index(end)]) at(end).feed(arrived_, now_);
  }
  if (!running(end)) return;
  if (at(end).deadline() <= now_) at(end).tick(now_);
  pump(end);
}

}  // namespace serialtcp::sim
