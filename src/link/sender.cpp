#include "link/sender.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "link/receiver.h"
#include "serialtcp/config.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// A frame of at most this size is retransmitted as the probe for itself.
constexpr std::size_t kSmallFrame = 128;
// From this probe on they may meet those of the peer, and on a half-duplex line destroy each other: the intervals are shorter
// by up to this part.
constexpr int kProbesTogether = 2;
constexpr double kEarlierAtMost = 0.3;
// The interval of unanswered probes doubles, up to this.
constexpr Duration kLongestProbeInterval = 2s;
// After this many unanswered ones, which is half an hour, it is longer: a peer that is waited for for ever must not use up the
// numbers of frames within a day.
constexpr int kProbesInHalfAnHour = 900;
constexpr Duration kProbeIntervalAfterThat = 8s;
// Bytes that may be in flight in addition to what the line holds in one round trip: a few frames.
constexpr std::uint64_t kSpareInFlight = 4 * limits::kMaxFrame;
// An ack identifies a frame by 16 bits.
constexpr std::uint64_t kMostUnacknowledged = 60'000;
// Frames that count as lost by a report of damage and may yet turn out to have arrived; more are not kept.
constexpr std::size_t kMostSuspects = 64;
// How long a report of damage may be doubted.
constexpr Duration kLeastDoubt = 10ms;
constexpr Duration kMostDoubt = 2s;
// The peer acknowledges at the end of the frame that it is sending.
constexpr double kRoundTripAllowance = 0.75;

Duration initial_round_trip(std::uint64_t rate) {
  return 50ms +
         Duration(std::chrono::seconds(200)) / static_cast<std::int64_t>(std::max<std::uint64_t>(rate, 1));
}

}  // namespace

Sender::Sender(Pacer& pacer, std::size_t overhead)
    : pacer_(pacer),
      rtt_(initial_round_trip(pacer.rate())),
      frame_length_(overhead),
      acked_position_(pacer.position()) {}

bool Sender::full() const {
  if (next_number_ - acked_ > limits::kMaxFramesInFlight || in_flight_.size() > limits::kMaxFramesInFlight)
    return true;
  const double seconds = to_seconds(rtt_.smoothed() + turn_) + kRoundTripAllowance;
  const auto allowed =
      kSpareInFlight + static_cast<std::uint64_t>(static_cast<double>(pacer_.rate()) * seconds);
  return pacer_.position() - acked_position_ > allowed && awaiting();
}

std::vector<Ticket> Sender::sent(SentFrame frame) {
  CHECK(frame.number == next_number_);
  ++next_number_;
  if (frame.eliciting) {
    if (eliciting_in_flight_ == 0) awaiting_since_ = Time{};
    ++eliciting_in_flight_;
  }
  in_flight_.push_back(std::move(frame));
  Outcome outcome;
  if (in_flight_.size() > 2 * limits::kMaxFramesInFlight) {
    settle(in_flight_.front(), Fate::lost, outcome);
    in_flight_.pop_front();
  }
  return outcome.lost;
}

bool Sender::out_of_numbers() const {
  return next_number_ - acked_ > kMostUnacknowledged;
}

void Sender::left(std::uint64_t number, const Pacer::Stamp& stamp) {
  // Frames leave in order, so it is near the end. It may be missing if the line was reopened in between.
  for (auto it = in_flight_.rbegin(); it != in_flight_.rend() && it->number >= number; ++it) {
    if (it->number != number) continue;
    it->left = true;
    it->stamp = stamp;
    if (it->eliciting && awaiting_since_ == Time{}) awaiting_since_ = stamp.handed;
  }
}

std::optional<std::uint64_t> Sender::full_largest(const wire::Ack& ack) const {
  const std::uint64_t mask = ack.brief ? 0x3F : 0xFFFF;
  const std::uint64_t largest = acked_ + ((ack.largest - acked_) & mask);
  if (largest >= next_number_) return std::nullopt;
  return largest;
}

std::optional<AckError> Sender::acknowledge(const wire::Ack& ack, Time now, Outcome& outcome) {
  const std::optional<std::uint64_t> largest = full_largest(ack);
  if (!largest) return AckError::never_sent;

  Heard heard{.largest = *largest, .said_from = 0, .missing = {}};
  std::uint64_t next = *largest;
  for (std::size_t i = 0; i < ack.gap_count; ++i) {
    const std::uint64_t span = std::uint64_t{ack.gaps[i].received} + ack.gaps[i].missing;
    if (span > next) return AckError::malformed;
    next -= ack.gaps[i].received;
    heard.missing.add({next - ack.gaps[i].missing + 1, next + 1});
    next -= ack.gaps[i].missing;
  }
  if (ack.more) heard.said_from = next + 1;
  // Damage after `largest` is explained by a CANDIDATE in the same frame.
  const bool damage_explained = std::exchange(newest_candidate_, 0) > *largest;

  note_wait(*largest, now);
  const bool progress = *largest > acked_ || (!in_flight_.empty() && in_flight_.front().number <= *largest);
  while (!in_flight_.empty() && in_flight_.front().number <= *largest) {
    SentFrame& frame = in_flight_.front();
    // Frames that are not covered are retransmitted: it is harmless to send their contents twice.
    const bool lost = heard.lost(frame.number);
    if (!lost && frame.number == *largest) measure(ack, frame, now);
    settle(frame, lost ? Fate::lost : Fate::delivered, outcome);
    if (frame.number == suspicion_.number) {
      if (!lost) doubt_reports(now - suspicion_.since);
      suspicion_ = {};
    }
    in_flight_.pop_front();
  }
  judge_suspects(heard, now, outcome);
  acked_ = *largest;
  if (ack.damaged && !damage_explained) suspect_damaged(std::max(*largest, newest_mended_), now, outcome);
  if (progress || ack.damaged) {
    probes_in_a_row_ = 0;
    last_heard_ = now;
    awaiting_since_ = now;
  }
  return std::nullopt;
}

/// Adopts longer times at once, and shorter ones slowly.
void Sender::note_wait(std::uint64_t largest, Time now) {
  const auto oldest = std::ranges::find_if(in_flight_, [](const SentFrame& f) { return f.eliciting; });
  if (oldest == in_flight_.end() || oldest->number > largest || !oldest->left) return;
  const Duration wait = now - oldest->stamp.leaves;
  longest_wait_ = wait > longest_wait_ ? wait : (15 * longest_wait_ + wait) / 16;
}

void Sender::measure(const wire::Ack& ack, const SentFrame& newest, Time now) {
  if (!newest.left) return;
  rtt_.sample(now - newest.stamp.leaves);
  if (ack.arrival) pacer_.arrived(newest.stamp, *ack.arrival, now);
}

void Sender::left_flight(const SentFrame& frame) {
  if (frame.eliciting) --eliciting_in_flight_;
  acked_position_ = std::max(acked_position_, frame.stamp.position);
}

bool Sender::count_lost(const SentFrame& frame, Outcome& outcome) {
  ++frames_lost_;
  bytes_lost_ += frame.wire_size;
  if (frame.eliciting && frame.beginning) outcome.beginnings_lost.push_back(*frame.beginning);
  outcome.lost.insert(outcome.lost.end(), frame.tickets.begin(), frame.tickets.end());
  return !frame.trial && frame_length_.lost(frame.wire_size, frame.number);
}

void Sender::settle(SentFrame& frame, Fate fate, Outcome& outcome) {
  left_flight(frame);
  if (frame.number == watched_.number) watched_.fate = fate;
  if (fate == Fate::lost) {
    count_lost(frame, outcome);
    return;
  }
  if (frame.eliciting && frame.beginning) outcome.beginnings_delivered.push_back(*frame.beginning);
  ++frames_delivered_;
  frame_length_.delivered(frame.wire_size);
  outcome.delivered.insert(outcome.delivered.end(), frame.tickets.begin(), frame.tickets.end());
  if (frame.settles) outcome.settled.push_back(*frame.settles);
}

void Sender::suspect_damaged(std::uint64_t largest, Time now, Outcome& outcome) {
  // The line does not reorder: the first frame after the last correct one was damaged.
  const auto it =
      std::ranges::find_if(in_flight_, [&](const SentFrame& f) { return f.number > largest && f.eliciting; });
  if (it == in_flight_.end() || !it->left || it->stamp.leaves > now) return;
  if (doubt_ == Duration{}) return count_suspect(it, now, outcome);
  if (suspicion_.due == kNever) suspicion_ = {it->number, now, now + doubt_};
}

void Sender::suspicion_is_over(Time now, Outcome& outcome) {
  if (suspicion_.due > now) return;
  const Suspicion over = std::exchange(suspicion_, {});
  const auto it = std::ranges::find(in_flight_, over.number, &SentFrame::number);
  if (it != in_flight_.end()) count_suspect(it, over.since, outcome);
}

/// What the frame carried is retransmitted, but the frame is remembered.
void Sender::count_suspect(std::deque<SentFrame>::iterator frame, Time since, Outcome& outcome) {
  left_flight(*frame);
  Suspect suspect{std::move(*frame), since};
  in_flight_.erase(frame);
  // Pieces of datagrams are not retransmitted, and would be dropped. A confirmation that counts as lost stays
  // lost.
  std::vector<Ticket> kept;
  std::ranges::copy_if(suspect.frame.tickets, std::back_inserter(kept),
                       [](const Ticket& ticket) { return ticket.kind == Ticket::Kind::datagram; });
  std::erase_if(suspect.frame.tickets,
                [](const Ticket& ticket) { return ticket.kind == Ticket::Kind::datagram; });
  suspect.counts = count_lost(suspect.frame, outcome);
  std::erase_if(suspect.frame.tickets,
                [](const Ticket& ticket) { return ticket.kind == Ticket::Kind::confirmed; });
  suspect.datagrams = std::move(kept);
  suspects_.push_back(std::move(suspect));
  if (suspects_.size() <= kMostSuspects) return;
  const std::vector<Ticket>& given_up = suspects_.front().datagrams;
  outcome.lost.insert(outcome.lost.end(), given_up.begin(), given_up.end());
  suspects_.pop_front();
}

/// An ack that covers a suspect decides its fate.
void Sender::judge_suspects(const Heard& heard, Time now, Outcome& outcome) {
  while (!suspects_.empty() && suspects_.front().frame.number <= heard.largest) {
    const Suspect& suspect = suspects_.front();
    if (heard.lost(suspect.frame.number)) {
      outcome.lost.insert(outcome.lost.end(), suspect.datagrams.begin(), suspect.datagrams.end());
      doubt_ = doubt_ < kLeastDoubt ? Duration{} : doubt_ * 3 / 4;
    } else {
      --frames_lost_;
      ++frames_delivered_;
      if (suspect.counts) frame_length_.not_lost();
      doubt_reports(now - suspect.since);
      if (suspect.frame.eliciting && suspect.frame.beginning)
        outcome.beginnings_delivered.push_back(*suspect.frame.beginning);
      const std::vector<Ticket>& tickets = suspect.frame.tickets;
      outcome.delivered.insert(outcome.delivered.end(), tickets.begin(), tickets.end());
      outcome.delivered.insert(outcome.delivered.end(), suspect.datagrams.begin(), suspect.datagrams.end());
      if (suspect.frame.settles) outcome.settled.push_back(*suspect.frame.settles);
    }
    suspects_.pop_front();
  }
}

/// The peer reported damage, and the frame arrived this much later. The next report may be equally wrong.
void Sender::doubt_reports(Duration arrived_after) {
  doubt_ = std::max(doubt_, std::min(arrived_after * 3 / 2 + kLeastDoubt, kMostDoubt));
}

void Sender::candidate(std::uint16_t number_low16, std::uint64_t fingerprint) {
  const auto it = std::ranges::find_if(
      in_flight_, [&](const SentFrame& f) { return static_cast<std::uint16_t>(f.number) == number_low16; });
  if (it == in_flight_.end() || it->fingerprint != fingerprint || mended_.size() >= kMostMended) return;
  newest_candidate_ = std::max(newest_candidate_, it->number);
  newest_mended_ = std::max(newest_mended_, it->number);
  left_flight(*it);
  mended_.push_back(std::move(*it));
  ++confirmations_;
  in_flight_.erase(it);
}

std::uint64_t Sender::next_confirmation() {
  CHECK(confirmations_ > 0);
  return mended_[mended_.size() - confirmations_--].number;
}

Sender::Outcome Sender::confirmation_settled(std::uint64_t number, Fate fate) {
  Outcome outcome;
  const auto it = std::ranges::find(mended_, number, &SentFrame::number);
  CHECK(it != mended_.end());
  if (fate == Fate::lost) {
    count_lost(*it, outcome);
  } else {
    // The ack in it was not read, so what it reported is not settled.
    frame_length_.delivered(it->wire_size);
    outcome.delivered = std::move(it->tickets);
  }
  mended_.erase(it);
  return outcome;
}

void Sender::line_was_away() {
  for (SentFrame& frame : in_flight_) frame.beginning.reset();
  for (Suspect& suspect : suspects_) suspect.frame.beginning.reset();
}

Duration Sender::probe_patience() const {
  const Duration patience = rtt_.patience() + kAckDelay;
  const Duration later = patience * (Duration::rep{1} << std::min(probes_in_a_row_, 6));
  const Duration longest =
      probes_in_a_row_ < kProbesInHalfAnHour ? kLongestProbeInterval : kProbeIntervalAfterThat;
  const Duration interval = std::min(later, std::max(patience, longest));
  if (probes_in_a_row_ < kProbesTogether) return interval;
  return interval -
         Duration(static_cast<Duration::rep>(static_cast<double>(interval.count()) * probe_earlier_));
}

Time Sender::probe_due() const {
  if (eliciting_in_flight_ == 0) return kNever;
  if (probe_at_once_) return Time{};
  Time from = std::max(last_heard_, last_probe_);
  for (auto it = in_flight_.rbegin(); it != in_flight_.rend(); ++it) {
    if (!it->eliciting) continue;
    if (!it->left) return kNever;
    from = std::max(from, it->stamp.leaves);
    break;
  }
  return from + probe_patience();
}

std::vector<Ticket> Sender::probe(double random, Time now) {
  probe_at_once_ = false;
  probe_earlier_ = kEarlierAtMost * random;
  last_probe_ = now;
  ++probes_in_a_row_;
  std::vector<Ticket> again;
  const auto last =
      std::find_if(in_flight_.rbegin(), in_flight_.rend(), [](const SentFrame& f) { return f.eliciting; });
  if (last != in_flight_.rend() && last->wire_size <= kSmallFrame) {
    const auto moves = [](const Ticket& ticket) { return ticket.kind != Ticket::Kind::datagram; };
    std::ranges::copy_if(last->tickets, std::back_inserter(again), moves);
    std::erase_if(last->tickets, moves);
  }
  return again;
}

}  // namespace serialtcp::link
