// Events to their handlers, and the orderly exit.
#include "driver/driver.h"

#include <type_traits>
#include <utility>
#include <variant>

#include "os/clock.h"
#include "os/entropy.h"

namespace serialtcp::io {

using namespace std::chrono_literals;

namespace {

/// How often it is checked whether everything has left.
constexpr Duration kFarewellPoll = 5ms;
/// While the peer is leaving: how often it is checked what is left for it.
constexpr Duration kLeftPoll = 50ms;
/// The wait after the device reports that everything has left, or cannot report it. Restoring the settings
/// would garble what an adapter's own buffer may still hold.
constexpr Duration kSettle = 30ms;

template <typename E>
constexpr bool kConcernsLink =
    std::is_same_v<E, event::LinkUp> || std::is_same_v<E, event::LinkDown> ||
    std::is_same_v<E, event::LineTroubled> || std::is_same_v<E, event::LineAltersBytes> ||
    std::is_same_v<E, event::LineCoded> || std::is_same_v<E, event::LineSpeed> ||
    std::is_same_v<E, event::PeerServices> || std::is_same_v<E, event::PeerLeaving> ||
    std::is_same_v<E, event::Away> || std::is_same_v<E, event::Back>;

Endpoint make_endpoint(const EndpointConfig& config) {
  Entropy entropy = fresh_entropy();
  Endpoint endpoint(config, entropy);
  wipe(entropy);
  return endpoint;
}

}  // namespace

Driver::Driver(asio::io_context& context, const Config& config, std::unique_ptr<Line> line,
               Observer& observer, Finished finished, const ProcessShares& shares)
    : observer_(observer),
      config_(config),
      finished_(std::move(finished)),
      endpoint_(make_endpoint(config.endpoint)),
      pump_(context, endpoint_, std::move(line), config.climbing,
            {config.speeds, peer_text(config.endpoint.key)}, observer, [this] { drain_events(); }),
      connections_(
          context, endpoint_, observer, [this] { pump_.kick(); }, shares),
      sync_timer_(context),
      farewell_timer_(context),
      left_timer_(context),
      delivery_(context, endpoint_, connections_, observer),
      quality_(context, endpoint_, pump_.line_name(), config.endpoint.nominal_rate, observer),
      noise_(context, [this] { return endpoint_.stats().junk_bytes; }),
      state_since_(now()) {
  pump_.on_heard([this](ByteView bytes) {
    if (noise_.wanted() && endpoint_.link_up()) noise_.heard(bytes, now());
  });
  if (config.seek_speed)
    pump_.seek_speed(*config.seek_speed, [this](std::uint64_t rate) { quality_.line_has_rate(rate); });
  pump_.on_ended([this](const std::string& reason) {
    observer_.note(reason);
    finish(Outcome::line_ended);
  });
}

void Driver::open(Line::Opened opened) {
  pump_.open(config_.missing,
             [this, opened = std::move(opened)](const std::expected<void, OpenError>& result) mutable {
               if (result) start_sync_timer();
               note_state();
               opened(result);
             });
}

void Driver::drain_events() {
  while (const auto event = endpoint_.poll()) {
    std::visit(
        [this]<typename E>(const E& what) {
          if constexpr (kConcernsLink<E>) {
            handle(what);
          } else {
            connections_.handle(what);
          }
        },
        *event);
  }
  note_state();
}

// ---- What can be told of it ----

LinkState Driver::link_state() const {
  const bool present = pump_.is_open();
  if (stop_by_ != kNever || delivery_.under_way()) return LinkState::stopping;
  if (endpoint_.link_up()) return endpoint_.link_away() || !present ? LinkState::held : LinkState::up;
  if (present) return LinkState::no_peer;
  return pump_.is_awaited() ? LinkState::waiting_for_device : LinkState::starting;
}

void Driver::note_state() {
  const LinkState state = link_state();
  if (state == state_) return;
  state_ = state;
  state_since_ = now();
}

LinkFigures Driver::figures() const {
  const Time time = now();
  const LinkState state = link_state();
  LinkFigures figures;
  figures.state = state;
  figures.since = state == state_ ? state_since_ : time;
  figures.links_up = links_up_;
  figures.lines_lost = pump_.times_lost();
  figures.stats = endpoint_.stats();
  figures.speed = pump_.speed();
  if (endpoint_.link_up()) figures.protocol = protocol_;
  if (endpoint_.last_heard() != Time{}) figures.heard = endpoint_.last_heard();
  if (endpoint_.link_up() && endpoint_.unanswered_since() != kNever)
    figures.unanswered_since = endpoint_.unanswered_since();
  figures.line_sent = {.bytes = figures.stats.wire_bytes_sent,
                       .bytes_per_second = pump_.sent_rate().per_second(time)};
  figures.line_received = {.bytes = figures.stats.wire_bytes_received,
                           .bytes_per_second = pump_.received_rate().per_second(time)};
  return figures;
}

// ---- Events ----

void Driver::handle(const event::LinkUp& up) {
  protocol_ = up.protocol;
  ++links_up_;
  if (stop_by_ != kNever || delivery_.under_way()) return;
  sync_timer_.cancel();
  observer_.link_up(pump_.line_name(), up);
  quality_.link_up();
  connections_.link_up();
}

void Driver::handle(const event::LinkDown& down) {
  if (stop_by_ != kNever) return;
  left_timer_.cancel();
  quality_.stop();
  observer_.link_down(down.reason);
  connections_.link_down();
  if (delivery_.under_way()) return;
  if (config_.once && down.reason != LinkDownReason::peer_restarted) return end_with_link();
  start_sync_timer();
}

/// Later: this is amid the events of the Endpoint.
void Driver::end_with_link() {
  observer_.note("the link is over, and with --once this program, too");
  sync_timer_.expires_after(Duration{});
  sync_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled && stop_by_ == kNever) finish(Outcome::link_over);
  }));
}

void Driver::handle(const event::LineTroubled& troubled) {
  if (troubled.trouble == LineTrouble::garbled && pump_.is_seeking_speed()) return;
  observer_.line_troubled(troubled);
}

void Driver::handle(const event::LineAltersBytes& altered) {
  observer_.line_alters_bytes(altered.change);
}

void Driver::handle(const event::LineCoded& coded) {
  observer_.line_coded(coded);
}

void Driver::handle(const event::LineSpeed& speed) {
  pump_.speed_told(speed);
  if (stop_by_ == kNever) observer_.speed_changed(pump_.line_name(), speed);
}

void Driver::handle(const event::PeerServices&) {
  if (const ServiceNames* const services = endpoint_.peer_services()) observer_.peer_services(*services);
}

void Driver::handle(const event::PeerLeaving&) {
  connections_.pause();
  tell_peer_what_is_left();
}

void Driver::handle(const event::Away&) {
  connections_.link_away();
}

void Driver::handle(const event::Back&) {
  connections_.link_back();
}

void Driver::tell_peer_what_is_left() {
  if (!endpoint_.link_up()) return;
  endpoint_.tell_left(connections_.left().input, now());
  pump_.kick();
  left_timer_.expires_after(kLeftPoll);
  left_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled && stop_by_ == kNever) tell_peer_what_is_left();
  }));
}

void Driver::start_sync_timer() {
  if (!config_.sync_timeout) return;
  sync_timer_.expires_after(*config_.sync_timeout);
  sync_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    const bool stopping = stop_by_ != kNever;
    if (!cancelled && !stopping && !endpoint_.link_up()) finish(Outcome::sync_timed_out);
  }));
}

Driver::~Driver() {
  abort();
}

void Driver::stop() {
  if (stop_by_ != kNever || delivery_.under_way()) return;
  sync_timer_.cancel();
  if (pump_.leave(lifetime_.guard([this] { finish(Outcome::stopped); }))) return;
  delivery_.begin(config_.drain, [this] { leave(); });
  pump_.kick();
}

void Driver::leave() {
  if (stop_by_ != kNever) return;
  stop_by_ = now() + kFarewell;
  pump_.stop_watching();
  sync_timer_.cancel();
  connections_.abandon_all();
  endpoint_.shut_down(now());
  pump_.kick();
  wait_for_farewell();
}

void Driver::wait_for_farewell() {
  if (!finished_) return;
  const Time time = now();
  if (!endpoint_.finished() || !pump_.flushed() || connections_.busy()) {
    settled_at_ = kNever;
  } else if (settled_at_ == kNever) {
    settled_at_ = time + kSettle;
  }
  if (time >= settled_at_ || time >= stop_by_) return finish(Outcome::stopped);
  farewell_timer_.expires_after(kFarewellPoll);
  farewell_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled) wait_for_farewell();
  }));
}

void Driver::finish(Outcome outcome) {
  Finished finished = std::exchange(finished_, nullptr);
  if (!finished) return;
  abort();
  finished(outcome);
}

void Driver::abort() {
  finished_ = nullptr;
  if (stop_by_ == kNever) stop_by_ = now();
  connections_.abandon_all();
  sync_timer_.cancel();
  farewell_timer_.cancel();
  left_timer_.cancel();
  quality_.stop();
  delivery_.cancel();
  pump_.close();
}

}  // namespace serialtcp::io
