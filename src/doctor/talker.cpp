#include "doctor/talker.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "os/clock.h"
#include "os/entropy.h"

namespace serialtcp::doctor {

namespace {

/// A timer is never set to less than this: there is other work.
constexpr Duration kTimerFloor = std::chrono::microseconds(50);

Endpoint make_endpoint(const EndpointConfig& config) {
  Entropy entropy = io::fresh_entropy();
  Endpoint endpoint(config, entropy);
  wipe(entropy);
  return endpoint;
}

void keep(Bytes& kept, ByteView bytes) {
  const ByteView first = bytes.first(std::min(bytes.size(), kMostCompared - kept.size()));
  kept.insert(kept.end(), first.begin(), first.end());
}

}  // namespace

Talker::Talker(io::asio::io_context& context, HeldLine& line, const EndpointConfig& config,
               const std::optional<LineSpeeds>& speeds)
    : line_(line),
      endpoint_(make_endpoint(config)),
      speed_(context, endpoint_, line.line(),
             {[this] { return line_.is_free() && line_.line().unsent() == 0; }, [this] { pump_soon(); }}),
      alarm_(context) {
  if (speeds) endpoint_.line_has_speeds(*speeds);
  line_.take([this](ByteView bytes) { heard(bytes); }, [this] { pump(); });
  pump();
}

Talker::~Talker() {
  line_.let_go();
}

void Talker::heard(ByteView bytes) {
  const Time time = io::now();
  if (!endpoint_.link_up()) {
    hearing_.heard(bytes, time);
    keep(received_, bytes);
  }
  if (on_heard_) on_heard_(bytes, time);
  endpoint_.feed(bytes, time);
  pump();
}

void Talker::pump() {
  endpoint_.tick(io::now());
  drain_events();
  speed_.follow();
  transmit();
  arm();
}

void Talker::pump_soon() {
  alarm_.start(Duration{}, [this] { pump(); });
}

void Talker::transmit() {
  while (line_.is_free() && !line_.gone()) {
    const std::size_t count = endpoint_.transmit(batch_, io::now());
    if (count == 0) return;
    const ByteView bytes = ByteView(batch_).first(count);
    if (!endpoint_.link_up()) keep(sent_, bytes);
    line_.write(bytes);
  }
}

void Talker::arm() {
  Time due = endpoint_.deadline();
  if (line_.is_free()) due = std::min(due, endpoint_.transmit_due());
  if (due == kNever) return alarm_.cancel();
  alarm_.start_at(std::max(due, io::now() + kTimerFloor), [this] { pump(); });
}

void Talker::drain_events() {
  while (const auto event = endpoint_.poll()) {
    if (const auto* const up = std::get_if<event::LinkUp>(&*event)) answered_.link = *up;
    if (const auto* const troubled = std::get_if<event::LineTroubled>(&*event)) handle(*troubled);
    if (const auto* const alters = std::get_if<event::LineAltersBytes>(&*event))
      answered_.changes.push_back(alters->change);
    if (const auto* const coded = std::get_if<event::LineCoded>(&*event)) answered_.coded = *coded;
    if (const auto* const opened = std::get_if<event::Opened>(&*event))
      endpoint_.reset(opened->stream, ResetReason::no_such_service, io::now());
    if (on_event_) on_event_(*event);
  }
}

void Talker::handle(const event::LineTroubled& troubled) {
  switch (troubled.trouble) {
    case LineTrouble::text:
      answered_.text = troubled;
      return;
    case LineTrouble::half_duplex:
      answered_.half_duplex = true;
      return;
    case LineTrouble::own_kind:
      own_kind_ = true;
      return;
    case LineTrouble::incompatible:
      answered_.incompatible = true;
      break;
    case LineTrouble::peer_has_no_key:
    case LineTrouble::peer_needs_key:
    case LineTrouble::key_differs:
      answered_.key = troubled.trouble;
      break;
    case LineTrouble::echo:
      break;
    default:
      return;
  }
  troubled_ = std::min(troubled_, io::now());
}

Answered Talker::result() {
  answered_.echo = echo_in(sent_, received_);
  answered_.heard = hearing_.result(io::now());
  return answered_;
}

}  // namespace serialtcp::doctor
