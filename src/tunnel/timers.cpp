// What becomes due: an answer that does not arrive, a silent peer, a frame that stops in the middle.
#include <algorithm>

#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// A frame that stops in the middle for longer than FramePauses permits, and than this many bytes take, has
// probably lost its end.
constexpr std::size_t kPartialPatienceBytes = 32;
// A peer that is there answers a few requests within this time, and within this multiple of the time that one
// answer may take, even on a bad line.
constexpr Duration kCertainSilence = 5s;
constexpr int kCertainPatiences = 8;
// Before the first answer, the distance of the peer is not known: over two satellites in a row an answer
// takes 2 s, and over a store-and-forward network several times as much.
constexpr Duration kCertainAtFirst = 30s;
// An answer that has not arrived by then is reported in the log.
constexpr Duration kOverdue = 4s;
constexpr int kOverduePatiences = 4;
// The same for the first answer, which may come from as far as that.
constexpr Duration kOverdueAtFirst = 12s;
// A line that is away for this time, or an answer that is overdue by this time, is reported.
constexpr Duration kAwayAfter = 1s;
// After a silence, both ends have sent what wakes a line; on a slow one its answers take longer than usual.
constexpr Duration kSettling = 3s;
constexpr int kSecondAsksLater = 8;
// The time of this many bytes must pass before an idle peer is probed: more than a frame of the shortest bulk. At 300 baud
// this is 5.7 s, so that silence is reported within 10 s; a probe and its answer take 9 % of such a line.
constexpr std::size_t kIdleProbeBytes = 170;
// If tick() was due for this long, this process, or the machine, was stopped.
constexpr Duration kOverslept = 1s;

std::uint64_t seed_from(const Entropy& entropy) {
  base::Reader in(entropy);
  std::uint64_t seed = 0;
  while (!in.empty()) seed = seed * 0x9E3779B97F4A7C15ULL ^ in.little(8);
  return seed;
}

}  // namespace

Tunnel::Tunnel(const EndpointConfig& config, const Entropy& entropy)
    : link_(config), random_(seed_from(entropy)), services_(config.services), streams_(link_) {
  if (config.key) sealing_.emplace(*config.key, entropy);
  new_session();
}

void Tunnel::tick(Time now) {
  if (link_.state != LinkState::up && console_.due() <= now) look_at_console(now);
  if (trouble_check_due_ <= now) check_for_trouble(now);
  climb(now);
  if (link_.state != LinkState::up) return;
  if (partial_due() <= now) {
    partial_told_ = true;
    link_.receiver->damaged(now, link_.pacer.time_for(kPartialPatienceBytes));
  }
  if (link_.sender->suspicion_due() <= now) {
    link::Sender::Outcome outcome;
    link_.sender->suspicion_is_over(now, outcome);
    settle(outcome, now);
  }
  if (silence_due() <= now) return silence_is_over(now);
  if (idle_probe_due() <= now) {
    ++link_.stats.probes_sent;
    idle_probed_ = now;
    ping_.want();
  }
  if (away_due() <= now) {
    away_told_ = true;
    link_.events.push_of_line(event::Away{});
  }
  if (data_.hold_due() <= now) data_.hold_bulk();
  if (streams_.endings_due() <= now) streams_.check_endings(now);
  if (probe_due() <= now) {
    ++link_.stats.probes_sent;
    // A probe was not answered: the second one, if nothing indicates a line that has to wake up.
    if (!link_.line_away && (link_.sender->probes_in_a_row() > 0 || lead_in_.hinted() > 0)) {
      const std::size_t before = lead_in_.ends();
      beginning_lost(now);
      if (lead_in_.ends() > before) link_.sender->probes_differ();
    }
    // If not even a frame of the peer has arrived, both may be sending probes at the same time.
    const bool nothing_arrived = last_heard_ < link_.sender->last_probe();
    const std::vector<link::Ticket> again = link_.sender->probe(nothing_arrived ? random_.unit() : 0, now);
    for (const link::Ticket& ticket : again) speakers_.lost(ticket, now);
    ping_.want();
  }
}

Time Tunnel::partial_due() const {
  // The end that has the turn may pause.
  if (partial_told_ || decoder_.pending() == 0 || link_.turns.in_use()) return kNever;
  return last_fed_ + partial_patience();
}

Duration Tunnel::partial_patience() const {
  return std::max(pauses_.patience(), link_.pacer.time_for(kPartialPatienceBytes));
}

Time Tunnel::silence_due() const {
  if (link_.config.hold == kForever) return kNever;
  if (link_.line_away) return away_since_ + link_.config.hold;
  const Duration least = link_.sender->rtt().measured() ? kCertainSilence : kCertainAtFirst;
  const Duration certain = std::max(least, kCertainPatiences * link_.sender->rtt().patience());
  // It has come back, and the peer has not answered yet: a line that comes back only to go away again counts
  // as away.
  if (away_since_ != kNever) return away_since_ + link_.config.hold + certain;
  if (!link_.sender->awaiting() || link_.sender->awaiting_since() == Time{}) return kNever;
  return link_.sender->awaiting_since() + std::max(link_.config.hold, certain);
}

Time Tunnel::idle_probe_due() const {
  if (link_.line_away || ping_.wanted() || link_.sender->awaiting() || climb_.is_changing()) return kNever;
  // Transmitters that take turns are not switched on for a link that nobody uses.
  if (streams_.size() == 0 && link_.turns.in_use()) return kNever;
  // On a very slow line a frame in flight may take longer.
  const Duration patience = std::max(limits::kIdleProbe, link_.pacer.time_for(kIdleProbeBytes));
  // One probe and its answer are enough for both ends: one of them sends its probe a little later, if still
  // needed.
  const Duration later = session_.value < link_.peer.session.value ? Duration{} : patience / kSecondAsksLater;
  return std::max(last_heard_, idle_probed_) + patience + later;
}

Time Tunnel::unanswered_since() const {
  if (link_.state != LinkState::up) return Time{};
  if (link_.sender->awaiting())
    return link_.sender->awaiting_since() == Time{} ? kNever : link_.sender->awaiting_since();
  // It was requested, and the line has not taken the probe yet.
  return ping_.wanted() && idle_probed_ > last_heard_ ? idle_probed_ : kNever;
}

Time Tunnel::overdue_at() const {
  const Time since = unanswered_since();
  if (since == kNever || !link_.sender) return since;
  if (!link_.sender->rtt().measured()) return since + kOverdueAtFirst;
  return since + std::max(kOverdue, kOverduePatiences * link_.sender->rtt().patience());
}

Time Tunnel::away_due() const {
  if (away_told_) return kNever;
  if (away_since_ != kNever) return away_since_ + kAwayAfter;
  if (!link_.sender->awaiting() || link_.sender->awaiting_since() == Time{}) return kNever;
  const Duration patience = link_.sender->rtt().measured() ? link_.sender->rtt().patience() : kOverdueAtFirst;
  const bool settling = link_.sender->awaiting_since() < back_since_;
  const Duration usual = patience + link::kAckDelay + (settling ? kSettling : Duration{});
  return std::max(link_.sender->awaiting_since(), peer_heard_) + usual + kAwayAfter;
}

void Tunnel::silence_is_over(Time now) {
  if (link_.line_away) return go_down(LinkDownReason::line_lost, now);
  if (now - silence_due() < kOverslept) return go_down(LinkDownReason::peer_silent, now);
  // This process did not run for a while, so it is not known whether the peer was silent.
  if (away_since_ != kNever) away_since_ = now;
  link_.sender->wait_anew(now);
}

Time Tunnel::deadline() const {
  if (link_.state != LinkState::up) return std::min({trouble_check_due_, console_.due(), climb_.deadline()});
  return std::min({trouble_check_due_, climb_.deadline(), partial_due(), silence_due(), idle_probe_due(),
                   away_due(), streams_.endings_due(), data_.hold_due(), probe_due(),
                   link_.sender->suspicion_due()});
}

Stats Tunnel::stats() const {
  Stats stats = link_.stats;
  stats.rate_bytes_per_second = link_.pacer.rate();
  if (link_.sender) {
    stats.frames_in_flight = link_.sender->frames_in_flight();
    stats.frames_unanswered = link_.sender->frames_unanswered();
    stats.frames_lost += link_.sender->frames_lost();
    if (link_.sender->rtt().measured())
      stats.round_trip_ns = static_cast<std::uint64_t>(link_.sender->rtt().smoothed().count());
  }
  if (sealing_) stats.keys_renewed = sealing_->renewals();
  streams_.add_to(stats);
  return stats;
}

}  // namespace serialtcp::tunnel
