#include "sim/wire.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::sim {

namespace {

// Bounds the arithmetic of character_time(); rounding the start of a run to a nanosecond has no cumulative
// effect.
constexpr std::size_t kMaxRun = std::size_t{1} << 16;
// Taken bytes are removed when there are this many of them.
constexpr std::size_t kCompactAt = std::size_t{1} << 16;
// The period of the mains, 50 Hz.
constexpr Duration kMainsPeriod = std::chrono::milliseconds(20);
// So that the draws of UARTs do not change those of other faults.
constexpr std::uint64_t kFifoSeed = 0xF1F0;
constexpr std::uint64_t kLossSeed = 0x1055;

Time round_down(Time time, Duration quantum) {
  return quantum > Duration{0} ? time - time.time_since_epoch() % quantum : time;
}

Time round_up(Time time, Duration quantum) {
  const Time down = round_down(time, quantum);
  return down == time ? time : down + quantum;
}

}  // namespace

std::size_t Wire::Run::gone_by(Time now) const {
  return static_cast<std::size_t>(characters_within(sender, now - start, count));
}

std::size_t Wire::Run::arrived_by(Time now) const {
  return gone_by(round_down(now, quantum) - latency);
}

Time Wire::Run::arrival_of(std::uint64_t byte) const {
  return round_up(end_of(byte + 1) + latency, quantum);
}

Wire::Wire(const WireConfig& config, std::uint64_t seed)
    : conditions_(config),
      prng_(seed),
      injector_(config.faults, prng_.next()),
      lumper_(config.lumps, ~seed),
      fifo_(config.fifo, seed ^ kFifoSeed),
      resampler_(seed ^ kLossSeed) {
  CHECK(config.queue_capacity > 0);
  stall_.set(config.faults.stall, prng_);
}

std::size_t Wire::queued(Time now) const {
  std::size_t count = held_;
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    const std::size_t left = run->count - run->gone_by(now);
    if (left == 0) break;
    count += left;
  }
  return count;
}

std::size_t Wire::room(Time now) const {
  const std::size_t taken = queued(now);
  return conditions_.queue_capacity - std::min(taken, conditions_.queue_capacity);
}

Time Wire::room_time(std::size_t bytes) const {
  if (bytes > conditions_.queue_capacity) return kNever;
  // There is space when at most this many bytes have not left yet.
  const std::size_t may_stay = conditions_.queue_capacity - bytes;
  if (held_ > may_stay) return kNever;
  std::size_t later = held_;
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (later + run->count > may_stay) return run->end_of(run->count - (may_stay - later));
    later += run->count;
  }
  return Time{};
}

void Wire::send(ByteView bytes, Time now) {
  CHECK(bytes.size() <= room(now));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  stats_.sent += bytes.size();
  if (holding_ != 0) {
    held_ += bytes.size();
  } else {
    schedule(bytes.size(), now);
  }
}

void Wire::schedule(std::size_t count, Time from) {
  while (count > 0) {
    const std::size_t moving = static_cast<std::size_t>(std::min<std::uint64_t>(count, stall_.distance()));
    append_run(moving, std::max(from, line_free_));
    stall_.pass(moving);
    count -= moving;
    if (count == 0) return;
    // The byte that the stall hits leaves after it, whatever the next random number is.
    CHECK(stall_.strikes(prng_));
    line_free_ = std::max(from, line_free_) + conditions_.faults.stall_time;
    append_run(1, line_free_);
    --count;
  }
}

/// After a silence, the first bytes only wake the line up.
void Wire::append_run(std::size_t count, Time start) {
  const Faults& faults = conditions_.faults;
  if (faults.wake_bytes > 0 && start - line_free_ >= faults.wake_silence) asleep_ = faults.wake_bytes;
  const std::size_t lost = std::min(count, asleep_);
  if (lost > 0) {
    asleep_ -= lost;
    stats_.slept += lost;
    append_run(lost, start, Fate::lost);
    start = line_free_;
  }
  if (count > lost) append_run(count - lost, start, fate());
}

void Wire::append_run(std::size_t count, Time start, Fate fate) {
  while (count > 0) {
    const bool extends = !runs_.empty() && runs_.back().conditions == conditions_number_ &&
                         runs_.back().fate == fate && runs_.back().count < kMaxRun &&
                         runs_.back().end_of(runs_.back().count) == start;
    if (!extends) {
      runs_.push_back(Run{start, 0, 0, conditions_.sender, conditions_.receiver, conditions_.latency,
                          conditions_.quantum, conditions_.limit, fate, conditions_number_});
    }
    Run& run = runs_.back();
    const std::size_t added = std::min(count, kMaxRun - run.count);
    run.count += static_cast<std::uint32_t>(added);
    count -= added;
    start = line_free_ = run.end_of(run.count);
  }
}

Wire::Fate Wire::fate() const {
  if (state_ == State::cut || contact_ == Contact::open || contact_ == Contact::low) return Fate::lost;
  const bool no_speed = conditions_.sender.baud == 0 || conditions_.receiver.baud == 0;
  const bool clear = bit_loss(conditions_.sender.baud, conditions_.limit) == 0 &&
                     understands(conditions_.receiver, conditions_.sender);
  if (!no_speed && !clear) return Fate::garbled;
  return contact_ == Contact::hum ? Fate::hums : Fate::arrives;
}

std::size_t Wire::unschedule(Time now, ByteUnderWay under_way) {
  std::size_t count = 0;
  while (!runs_.empty()) {
    Run& run = runs_.back();
    std::size_t stays = run.gone_by(now);
    const bool is_under_way = stays < run.count && run.end_of(stays) < now;
    if (is_under_way && under_way == ByteUnderWay::finishes) ++stays;
    if (stays == run.count) break;
    count += run.count - stays;
    run.count = static_cast<std::uint32_t>(stays);
    line_free_ = run.end_of(stays);
    if (stays > 0) break;
    runs_.pop_back();
  }
  return count;
}

// line_free_ is where the first of these bytes was scheduled before, so they continue without a gap.
void Wire::conditions_changed(std::size_t unscheduled) {
  ++conditions_number_;
  if (unscheduled > 0) schedule(unscheduled, line_free_);
}

void Wire::set_sender(const LineSettings& settings, Time now) {
  if (settings == conditions_.sender) return;
  CHECK(settings.baud <= kMaxBaud);
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes);
  conditions_.sender = settings;
  conditions_changed(waiting);
}

void Wire::set_receiver(const LineSettings& settings, Time now) {
  if (settings == conditions_.receiver) return;
  CHECK(settings.baud <= kMaxBaud);
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes);
  conditions_.receiver = settings;
  conditions_changed(waiting);
}

void Wire::set_latency(Duration latency, Time now) {
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes);
  conditions_.latency = latency;
  conditions_changed(waiting);
}

void Wire::set_quantum(Duration quantum, Time now) {
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes);
  conditions_.quantum = quantum;
  conditions_changed(waiting);
}

void Wire::set_limit(std::uint32_t limit, Time now) {
  if (limit == conditions_.limit) return;
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes);
  conditions_.limit = limit;
  conditions_changed(waiting);
}

void Wire::set_contact(Contact contact, Time now) {
  if (contact == contact_) return;
  const std::size_t waiting = unschedule(now, ByteUnderWay::restarts);
  contact_ = contact;
  break_at_ = contact == Contact::low   ? now + character_time(conditions_.receiver, 1)
              : contact == Contact::hum ? round_down(now, kMainsPeriod) + kMainsPeriod
                                        : kNever;
  conditions_changed(waiting);
}

void Wire::set_faults(const Faults& faults) {
  conditions_.faults = faults;
  stall_.set(faults.stall, prng_);
  injector_.set(faults);
}

void Wire::cut(Time now) {
  if (state_ == State::cut) return;
  const std::size_t waiting = unschedule(now, ByteUnderWay::restarts);
  state_ = State::cut;
  conditions_changed(waiting);
}

void Wire::join(Time now) {
  if (state_ == State::joined) return;
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes);
  state_ = State::joined;
  conditions_changed(waiting);
}

void Wire::hold(Time now, Hold why) {
  const bool held = holding_ != 0;
  holding_ |= static_cast<std::uint8_t>(why);
  if (!held) held_ = unschedule(now, ByteUnderWay::finishes);
}

void Wire::release(Time now, Hold why) {
  if (holding_ == 0) return;
  holding_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(why));
  if (holding_ != 0) return;
  schedule(held_, now);
  held_ = 0;
}

void Wire::clear_queue(Time now) {
  const std::size_t waiting = unschedule(now, ByteUnderWay::finishes) + held_;
  held_ = 0;
  bytes_.resize(bytes_.size() - waiting);
  stats_.lost += waiting;
}

Time Wire::next_arrival() const {
  const Time next = runs_.empty() ? kNever : runs_.front().arrival_of(runs_.front().taken);
  return std::min({next, lumper_.due(), fifo_.due(), break_at_});
}

void Wire::receive(Time now, Bytes& out) {
  const std::size_t before = out.size();
  came_.clear();
  while (!runs_.empty()) {
    Run& run = runs_.front();
    take(run, run.arrived_by(now) - run.taken, came_);
    if (run.taken < run.count) break;
    finish_front(came_);
  }
  compact();
  fifo_.read(now, came_);
  take_breaks(now, came_);
  lumper_.pass(came_, now, out);
  limit_arrivals(before, out);
}

void Wire::take(Run& run, std::size_t count, Bytes& out) {
  if (fifo_.is_active()) return take_by_byte(run, count, out);
  pass(run, ByteView(bytes_).subspan(first_, count), out);
  first_ += count;
  run.taken += static_cast<std::uint32_t>(count);
}

void Wire::take_by_byte(Run& run, std::size_t count, Bytes& out) {
  for (; count > 0; --count) {
    one_.clear();
    pass(run, ByteView(bytes_).subspan(first_, 1), one_);
    const Time at = run.end_of(run.taken + std::uint64_t{1}) + run.latency;
    for (const Byte byte : one_) fifo_.put(byte, at, out);
    ++first_;
    ++run.taken;
  }
}

/// The next bytes of this run, after those that are taken.
void Wire::pass(const Run& run, ByteView bytes, Bytes& out) {
  switch (run.fate) {
    case Fate::lost:
      stats_.lost += bytes.size();
      return;
    case Fate::arrives:
      injector_.apply(bytes, out);
      return;
    case Fate::hums:
      pass_humming(run, bytes, out);
      return;
    case Fate::garbled:
      garble(run, bytes, out);
      return;
  }
}

/// What is sent while the line is low is lost.
void Wire::pass_humming(const Run& run, ByteView bytes, Bytes& out) {
  const auto is_low = [](Time at) { return at.time_since_epoch() % kMainsPeriod < kMainsPeriod / 2; };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t number = run.taken + i;
    if (is_low(run.end_of(number)) || is_low(run.end_of(number + 1))) {
      ++stats_.lost;
    } else {
      injector_.apply(bytes.subspan(i, 1), out);
    }
  }
}

void Wire::garble(const Run& run, ByteView bytes, Bytes& out) {
  stats_.garbled += bytes.size();
  if (resampling_ != run.conditions) {
    resampler_.configure(run.sender, run.receiver, bit_loss(run.sender.baud, run.limit));
    resampling_ = run.conditions;
  }
  heard_.clear();
  resampler_.send(bytes, heard_);
  injector_.apply(heard_, out);
}

void Wire::take_breaks(Time now, Bytes& out) {
  while (break_at_ <= now) {
    out.push_back(0);
    ++breaks_;
    break_at_ = contact_ == Contact::hum ? break_at_ + kMainsPeriod : kNever;
  }
}

void Wire::finish_front(Bytes& out) {
  const bool next_follows_at_once = runs_.size() > 1 && runs_[1].start == runs_[0].end_of(runs_[0].count);
  if (runs_.front().fate == Fate::garbled && !next_follows_at_once) {
    heard_.clear();
    resampler_.idle(heard_);
    injector_.apply(heard_, out);
  }
  runs_.pop_front();
}

void Wire::limit_arrivals(std::size_t before, Bytes& out) {
  const std::size_t arrived = out.size() - before;
  const std::size_t kept = std::min(arrived, conditions_.receive_buffer);
  out.resize(before + kept);
  stats_.overrun += arrived - kept;
  stats_.delivered += kept;
}

void Wire::compact() {
  if (first_ == bytes_.size()) {
    bytes_.clear();
    first_ = 0;
  } else if (first_ >= kCompactAt) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

WireStats Wire::stats() const {
  WireStats stats = stats_;
  stats.faults = injector_.stats();
  stats.errors = resampler_.errors();
  stats.errors.breaks += breaks_;
  stats.fifo_overruns = fifo_.overruns();
  stats.fifo_lost = fifo_.lost();
  return stats;
}

}  // namespace serialtcp::sim
