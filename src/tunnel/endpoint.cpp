// The face of the core: Endpoint's verbs handed on, and what time and events need.
#include <algorithm>

#include "tunnel/chooser.h"
#include "tunnel/impl.h"

namespace serialtcp {

namespace {

using namespace std::chrono_literals;

// A frame that stops in the middle for longer than FramePauses says, and than so many bytes take, has probably
// lost its end.
constexpr std::size_t kPartialPatienceBytes = 32;
// A peer that can be heard answers a few questions within this time, and within so many times the time that
// one answer may take, even on a bad line.
constexpr Duration kCertainSilence = 5s;
constexpr int kCertainPatiences = 8;
// Before the first answer, nobody knows how far the peer is: over two satellites in a row an answer takes 2 s, and
// over a store-and-forward network several times as much.
constexpr Duration kCertainAtFirst = 30s;
// An answer that has not come by then is worth a line in the log.
constexpr Duration kOverdue = 4s;
constexpr int kOverduePatiences = 4;
// The first answer of all: it may come from as far as that.
constexpr Duration kOverdueAtFirst = 12s;
// A line that is away for so long, or an answer that is so much overdue, is told.
constexpr Duration kAwayAfter = 1s;
constexpr int kSecondAsksLater = 8;
// A peer is not called idle before so many bytes could have come.
constexpr std::size_t kIdleProbeBytes = 512;
// tick() was due for so long that this process, or the machine, must have stood still.
constexpr Duration kOverslept = 1s;

std::uint64_t seed_from(const Entropy& entropy) {
  base::Reader in(entropy);
  std::uint64_t seed = 0;
  while (!in.empty()) seed = seed * 0x9E3779B97F4A7C15ULL ^ in.little(8);
  return seed;
}

}  // namespace

Endpoint::Impl::Impl(const EndpointConfig& config, const Entropy& entropy)
    : config_(config), random_(seed_from(entropy)), pacer_(config.nominal_rate), services_(config.services) {
  if (config.key) sealing_.emplace(*config.key, entropy);
  new_session();
}

void Endpoint::Impl::tick(Time now) {
  if (state_ != LinkState::up && console_.due() <= now) look_at_console(now);
  if (trouble_check_due_ <= now) check_for_trouble(now);
  if (state_ != LinkState::up) return;
  if (partial_due() <= now) {
    partial_told_ = true;
    receiver_->damaged(now, pacer_.time_for(kPartialPatienceBytes));
  }
  if (sender_->suspicion_due() <= now) {
    link::Sender::Outcome outcome;
    sender_->suspicion_is_over(now, outcome);
    settle(outcome, now);
  }
  if (silence_due() <= now) return silence_is_over(now);
  if (idle_probe_due() <= now) {
    ++stats_.probes_sent;
    idle_probed_ = now;
    ping_wanted_ = true;
  }
  if (away_due() <= now) {
    away_told_ = true;
    events_.push_of_line(event::Away{});
  }
  if (endings_due_ <= now) check_endings(now);
  if (probe_due() <= now) {
    ++stats_.probes_sent;
    // A question has not been answered: the second one, if nothing hints at a line that has to wake up.
    if (!line_away_ && (sender_->probes_in_a_row() > 0 || lead_in_.hinted() > 0)) {
      const std::size_t before = lead_in_.ends();
      lead_in_.lost({silence(now), before});
      if (lead_in_.ends() > before) sender_->probes_differ();
    }
    const std::vector<link::Ticket> again = sender_->probe(now);
    for (const link::Ticket& ticket : again) on_lost(ticket, now);
    ping_wanted_ = true;
  }
}

Time Endpoint::Impl::partial_due() const {
  // Whose turn it is may pause.
  if (partial_told_ || decoder_.pending() == 0 || turns_.in_use()) return kNever;
  return last_fed_ + partial_patience();
}

Duration Endpoint::Impl::partial_patience() const {
  return std::max(pauses_.patience(), pacer_.time_for(kPartialPatienceBytes));
}

Time Endpoint::Impl::silence_due() const {
  if (config_.hold == kForever) return kNever;
  if (line_away_) return away_since_ + config_.hold;
  const Duration least = sender_->rtt().measured() ? kCertainSilence : kCertainAtFirst;
  const Duration certain = std::max(least, kCertainPatiences * sender_->rtt().patience());
  // It has come back, and the peer has not answered yet: a line that comes only to go again is away.
  if (away_since_ != kNever) return away_since_ + config_.hold + certain;
  if (!sender_->awaiting() || sender_->awaiting_since() == Time{}) return kNever;
  return sender_->awaiting_since() + std::max(config_.hold, certain);
}

Time Endpoint::Impl::idle_probe_due() const {
  if (streams_.size() == 0 || line_away_ || ping_wanted_ || sender_->awaiting()) return kNever;
  // On a very slow line a frame that is under way may take longer.
  const Duration patience = std::max(limits::kIdleProbe, pacer_.time_for(kIdleProbeBytes));
  // One question and its answer are enough for both ends: one of them asks a little later, if still needed.
  const Duration later = session_.value < peer_.value ? Duration{} : patience / kSecondAsksLater;
  return std::max(last_heard_, idle_probed_) + patience + later;
}

Time Endpoint::Impl::unanswered_since() const {
  if (state_ != LinkState::up) return Time{};
  if (sender_->awaiting()) return sender_->awaiting_since() == Time{} ? kNever : sender_->awaiting_since();
  // Asked for, and the line has not taken the question yet.
  return ping_wanted_ && idle_probed_ > last_heard_ ? idle_probed_ : kNever;
}

Time Endpoint::Impl::overdue_at() const {
  const Time since = unanswered_since();
  if (since == kNever || !sender_) return since;
  if (!sender_->rtt().measured()) return since + kOverdueAtFirst;
  return since + std::max(kOverdue, kOverduePatiences * sender_->rtt().patience());
}

Time Endpoint::Impl::away_due() const {
  if (away_told_) return kNever;
  if (away_since_ != kNever) return away_since_ + kAwayAfter;
  if (!sender_->awaiting() || sender_->awaiting_since() == Time{}) return kNever;
  const Duration patience = sender_->rtt().measured() ? sender_->rtt().patience() : kOverdueAtFirst;
  const Duration usual = patience + link::kAckDelay;
  return std::max(sender_->awaiting_since(), peer_heard_) + usual + kAwayAfter;
}

void Endpoint::Impl::silence_is_over(Time now) {
  if (line_away_) return go_down(LinkDownReason::line_lost, now);
  if (now - silence_due() < kOverslept) return go_down(LinkDownReason::peer_silent, now);
  // This process did not run for a while. Who was silent then is not known.
  if (away_since_ != kNever) away_since_ = now;
  sender_->wait_anew(now);
}

Time Endpoint::Impl::deadline() const {
  if (state_ != LinkState::up) return std::min(trouble_check_due_, console_.due());
  return std::min({trouble_check_due_, partial_due(), silence_due(), idle_probe_due(), away_due(),
                   endings_due_, probe_due(), sender_->suspicion_due()});
}

std::optional<Event> Endpoint::Impl::poll() {
  return events_.pop();
}

Stats Endpoint::Impl::stats() const {
  Stats stats = stats_;
  stats.rate_bytes_per_second = pacer_.rate();
  if (sender_) {
    stats.frames_in_flight = sender_->frames_in_flight();
    stats.frames_unanswered = sender_->frames_unanswered();
    stats.frames_lost += sender_->frames_lost();
    if (sender_->rtt().measured())
      stats.round_trip_ns = static_cast<std::uint64_t>(sender_->rtt().smoothed().count());
  }
  if (sealing_) stats.keys_renewed = sealing_->renewals();
  stats.streams_now = streams_.size();
  const mux::Pools& pools = streams_.pools();
  stats.datagrams_dropped += pools.partial_datagrams.dropped;
  stats.send_buffer_bytes = send_held_ + pools.datagrams_to_send.held();
  for (const auto& [id, stream] : streams_.all()) stats.receive_buffer_bytes += stream->unread();
  return stats;
}

Endpoint::Endpoint(const EndpointConfig& config, const Entropy& entropy)
    : chooser_(std::make_unique<Chooser>(config, entropy)) {}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

void Endpoint::feed(ByteView bytes, Time now) {
  chooser_->feed(bytes, now);
}
void Endpoint::tick(Time now) {
  chooser_->tick(now);
}
std::size_t Endpoint::transmit(MutableByteView room, Time now) {
  return chooser_->transmit(room, now);
}
std::size_t Endpoint::feed_room() const {
  return chooser_->feed_room();
}
Time Endpoint::deadline() const {
  return chooser_->deadline();
}
Time Endpoint::transmit_due() const {
  return chooser_->transmit_due();
}
std::optional<Event> Endpoint::poll() {
  return chooser_->poll();
}
void Endpoint::line_lost(Time now) {
  chooser_->line_lost(now);
}
void Endpoint::line_restored(Time now) {
  chooser_->line_restored(now);
}
void Endpoint::shut_down(Time now) {
  chooser_->shut_down(now);
}
bool Endpoint::finished() const {
  return chooser_->finished();
}
bool Endpoint::link_up() const {
  return chooser_->link_up();
}
Time Endpoint::last_heard() const {
  return chooser_->last_heard();
}
Time Endpoint::unanswered_since() const {
  return chooser_->unanswered_since();
}
Time Endpoint::overdue_at() const {
  return chooser_->overdue_at();
}
std::uint64_t Endpoint::rate() const {
  return chooser_->rate();
}
std::size_t Endpoint::streams() const {
  return chooser_->streams();
}
bool Endpoint::link_away() const {
  return chooser_->link_away();
}
const ServiceNames* Endpoint::peer_services() const {
  return chooser_->peer_services();
}
Stats Endpoint::stats() const {
  return chooser_->stats();
}

std::expected<StreamId, StreamError> Endpoint::open(const Purpose& purpose, Time now) {
  return chooser_->open(purpose, now);
}
const Purpose* Endpoint::purpose(StreamId stream) const {
  return chooser_->purpose(stream);
}
bool Endpoint::is_known_to_peer(StreamId stream) const {
  return chooser_->is_known_to_peer(stream);
}
void Endpoint::connected(StreamId stream, Time now) {
  chooser_->connected(stream, now);
}
std::expected<std::size_t, StreamError> Endpoint::write(StreamId stream, ByteView bytes, Time now) {
  return chooser_->write(stream, bytes, now);
}
std::size_t Endpoint::write_room(StreamId stream) const {
  return chooser_->write_room(stream);
}
std::expected<ReadResult, StreamError> Endpoint::read(StreamId stream, MutableByteView into, Time now) {
  return chooser_->read(stream, into, now);
}
std::expected<DatagramFate, StreamError> Endpoint::send_datagram(StreamId stream, ByteView datagram,
                                                                 Duration patience, Time now) {
  return chooser_->send_datagram(stream, datagram, patience, now);
}
std::expected<DatagramReadResult, StreamError> Endpoint::read_datagram(StreamId stream, Time now) {
  return chooser_->read_datagram(stream, now);
}
std::expected<void, StreamError> Endpoint::shut_write(StreamId stream, Time now) {
  return chooser_->shut_write(stream, now);
}
void Endpoint::reset(StreamId stream, ResetReason reason, Time now) {
  chooser_->reset(stream, reason, now);
}
void Endpoint::reset_in_order(StreamId stream, ResetReason reason, Time now) {
  chooser_->reset_in_order(stream, reason, now);
}
void Endpoint::stop_reading(StreamId stream, Time now) {
  chooser_->stop_reading(stream, now);
}
void Endpoint::announce_leaving(Time now) {
  chooser_->announce_leaving(now);
}
void Endpoint::tell_left(std::uint64_t bytes, Time now) {
  chooser_->tell_left(bytes, now);
}
std::optional<std::uint64_t> Endpoint::peer_left() const {
  return chooser_->peer_left();
}
Undelivered Endpoint::undelivered() const {
  return chooser_->undelivered();
}

std::string_view describe(ResetReason reason) {
  switch (reason) {
    case ResetReason::aborted:
      return "the TCP connection at the other end was reset";
    case ResetReason::refused:
      return "the target refused the connection";
    case ResetReason::timed_out:
      return "the target did not answer in time";
    case ResetReason::unreachable:
      return "the target cannot be reached";
    case ResetReason::network_unreachable:
      return "there is no route to the target's network";
    case ResetReason::no_such_file:
      return "the target cannot be reached: no file has its path. Is the program that listens there running?";
    case ResetReason::no_permission:
      return "permission denied for the path of the target: the user that serialtcp runs as needs write "
             "permission for the socket and search permission for its folders";
    case ResetReason::name_not_found:
      return "the target's name was not found";
    case ResetReason::not_allowed:
      return "the target may not be connected to";
    case ResetReason::no_such_service:
      return "the other end offers no service of this name";
    case ResetReason::no_resources:
      return "no descriptors or ports were left to connect to the target with";
    case ResetReason::failed:
      return "the target could not be connected to; the log of the --client end says why";
    case ResetReason::link_lost:
      return "the link to the other end was lost";
  }
  return "reset";
}

std::string_view describe(LinkDownReason reason) {
  switch (reason) {
    case LinkDownReason::peer_restarted:
      return "the other end was restarted";
    case LinkDownReason::peer_left:
      return "the other end was stopped";
    case LinkDownReason::peer_silent:
      return "nothing was heard from the other end for too long";
    case LinkDownReason::line_lost:
      return "the serial port is gone, and connections are held no longer";
    case LinkDownReason::peer_broke_protocol:
      return "the other end sent what the protocol does not allow; is it the same version?";
  }
  return "link down";
}

}  // namespace serialtcp
