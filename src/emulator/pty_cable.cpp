#include "emulator/pty_cable.h"

#include <algorithm>
#include <utility>

#include "emulator/pty_modes.h"
#include "os/clock.h"

namespace serialtcp::io {

namespace {

using sim::End;
using namespace std::chrono_literals;

constexpr std::array kEnds = {End::a, End::b};

/// Bytes that arrive within this time are delivered together: 4 bytes at 115200, to avoid a wake-up for each.
constexpr Duration kDeliverySlack = 200us;
/// How far ahead of the line bytes are taken from a sender's pty. This compensates for late wake-ups of the
/// loop, and hides bytes from the sender as a driver's queue does.
constexpr Duration kSendAhead = 40ms;
constexpr std::size_t kMinSendAhead = 64;
/// How often a device's holder and its settings are checked while there is traffic.
constexpr Duration kWatchPeriod = 2ms;
/// The same where the driver does not take every speed, also without traffic.
constexpr Duration kSpeedPoll = 1ms;
/// No event reports that a pty's slave was opened.
constexpr Duration kHolderPoll = 4ms;
/// A stopped sender is tried again after this time, in case its wake-up is lost.
constexpr Duration kHeldPoll = 10ms;
/// What a line without a speed limit accepts during its latency.
constexpr std::size_t kMaxInTransit = 16 * 1024 * 1024;
/// Rounds of a line without a speed limit before other work in the loop is done.
constexpr int kMaxRounds = 16;

constexpr std::size_t kQueue = sim::WireConfig{}.queue_capacity;

constexpr std::size_t index(End end) {
  return end == End::a ? 0 : 1;
}

sim::CableConfig cable_config(const CableSettings& settings) {
  sim::CableConfig config;
  config.a.baud = config.b.baud = settings.baud.value_or(config.a.baud);
  config.faults = settings.all_faults();
  config.latency = settings.latency;
  config.quantum = settings.quantum;
  config.lumps = settings.lumps;
  config.shared = settings.shared();
  config.uart_a = settings.uart(End::a);
  config.uart_b = settings.uart(End::b);
  config.fifo = settings.fifo;
  return config;
}

}  // namespace

sim::Faults CableSettings::all_faults() const {
  sim::Faults all = faults;
  all.strip = all.strip || strip;
  std::erase_if(all.alterations, [this](const sim::Alteration& alteration) {
    return std::ranges::find(eaten, alteration.value) != eaten.end();
  });
  for (const Byte value : eaten) all.alterations.push_back({value, {}});
  return all;
}

sim::Uart CableSettings::uart(End end) const {
  sim::Uart uart = uarts[index(end)];
  if (baud) uart.rules.clear();
  return uart;
}

sim::Contact CableSettings::output(End end) const {
  const sim::Contact contact = outputs[index(end)];
  const bool hums = ground == Ground::missing && contact == sim::Contact::joined;
  return hums ? sim::Contact::hum : contact;
}

sim::TerminalModes CableSettings::terminal(End end) const {
  sim::TerminalModes modes;
  if (end == End::b && cooked) modes = sim::kCooked;
  if (end == End::b && echo) modes.echo = modes.echoctl = true;
  if (software_flow_control) modes.ixon = true;
  return modes;
}

PtyCable::PtyCable(asio::io_context& context, const PtyCableConfig& config)
    : context_(context),
      settings_(config.settings),
      cable_(cable_config(config.settings), config.seed),
      a_(context, config.a),
      b_(context, config.b),
      timer_(context) {
  for (const End end : kEnds) cable_.set_terminal(end, settings_.terminal(end), now());
  set_uarts(now());
}

std::expected<void, std::string> PtyCable::start() {
  if (a_.device.path() == b_.device.path()) {
    return std::unexpected("both ends of the cable are called " + a_.device.path() +
                           ": give them different paths");
  }
  running_ = true;
  for (const End end : kEnds) {
    if (auto plugged = plug(end); !plugged) {
      stop();
      return plugged;
    }
  }
  return {};
}

void PtyCable::stop() {
  running_ = false;
  timer_.cancel();
  for (const End end : kEnds) side(end).device.unplug();
}

// ---- Operations on the cable ----

void PtyCable::change(const CableSettings& settings) {
  const Time at = now();
  settings_ = settings;
  cable_.set_faults(settings.all_faults());
  for (const End end : kEnds) cable_.set_terminal(end, settings.terminal(end), at);
  cable_.share(settings.shared());
  cable_.set_latency(settings.latency, at);
  cable_.set_quantum(settings.quantum, at);
  cable_.set_lumps(settings.lumps);
  set_uarts(at);
  pump();
}

void PtyCable::set_uarts(Time now) {
  for (const End end : kEnds) {
    cable_.set_uart(end, settings_.uart(end), now);
    cable_.set_limit(end, settings_.limits[index(end)], now);
    cable_.set_contact(end, settings_.output(end), now);
  }
  follow_flow_control(now);
}

void PtyCable::set_wiring(Wiring wiring) {
  wiring_ = wiring;
  wiring == Wiring::cut ? cable_.cut(now()) : cable_.join(now());
  pump();
}

void PtyCable::set_echo(sim::Echo echo) {
  cable_.set_echo(echo, now());
  pump();
}

std::expected<void, std::string> PtyCable::plug(End end) {
  auto plugged = side(end).device.plug();
  if (plugged) pump();
  return plugged;
}

void PtyCable::unplug(End end) {
  Side& gone = side(end);
  gone.device.unplug();
  gone.holder = PtyHolder::nobody;
  gone.reading = gone.writing = Wait::none;
  cable_.clear_queue(end, now());
  pump();
}

PtyCable::Stats PtyCable::stats() const {
  const sim::CableStats wires = cable_.stats();
  return {direction(End::a, wires.a_to_b), direction(End::b, wires.b_to_a)};
}

PtyCable::Direction PtyCable::direction(End from, const sim::WireStats& wire) const {
  const Side& far = side(other(from));
  return {wire, far.delivered, far.overrun, far.unheard};
}

// ---- The loop ----

// Checks everything that may be due, whatever woke it up.
void PtyCable::pump() {
  if (!running_) return;
  for (const End end : kEnds) watch(end);
  bool more = true;
  for (int round = 0; more && round < kMaxRounds; ++round) {
    more = false;
    for (const End end : kEnds) more |= take(end);
    for (const End end : kEnds) deliver(end);
  }
  if (more) asio::post(context_, lifetime_.guard([this] { pump(); }));
  arm(now());
}

void PtyCable::watch(End end) {
  Side& side = this->side(end);
  if (!side.device.is_plugged()) return;
  // A new holder must be noticed before anything arrives for it; that one has left may be noticed a little
  // later.
  const Time at = now();
  if (side.holder == PtyHolder::somebody && at < side.watched + watch_period(end)) return;
  side.watched = at;
  follow_modes(end, at);
  const PtyHolder before = std::exchange(side.holder, side.device.holder());
  if (before == PtyHolder::somebody && side.holder == PtyHolder::nobody) {
    side.device.holder_left();
    // This also ends pending waits.
    side.reading = side.writing = Wait::none;
  }
}

void PtyCable::follow_modes(End end, Time now) {
  Side& side = this->side(end);
  if (!side.device.is_plugged()) return;
  const auto modes = read_pty_modes(side.device.fd());
  if (!modes) return;
  if (std::exchange(side.flow_control, modes->flow_control) != modes->flow_control) follow_flow_control(now);
  sim::LineSettings line = modes->line;
  if (settings_.baud) {
    line = {};
    line.baud = *settings_.baud;
  }
  if (line == cable_.settings(end)) return;
  cable_.set_settings(end, line, now);
  const std::uint32_t taken = cable_.settings(end).baud;
  if (taken != line.baud) set_pty_speed(side.device.fd(), taken);
}

/// What flow control does depends on both ends and on the wires between them.
void PtyCable::follow_flow_control(Time now) {
  using Wires = CableSettings::FlowWires;
  const auto uses = [this](End end) { return side(end).flow_control == FlowControl::rts_cts; };
  for (const End end : kEnds) {
    const bool waits = settings_.flow_wires == Wires::missing && uses(end);
    waits ? cable_.withhold_cts(end, now) : cable_.give_cts(end, now);
    sim::ReceiveFifoConfig fifo = settings_.fifo;
    fifo.stops_sender = settings_.flow_wires == Wires::joined && uses(End::a) && uses(End::b);
    cable_.set_fifo(end, fifo);
  }
}

Duration PtyCable::watch_period(End end) const {
  return cable_.uart(end).rules.empty() ? kWatchPeriod : kSpeedPoll;
}

/// The number of bytes that should be in the sender's queue.
std::size_t PtyCable::send_goal(End end) const {
  const sim::LineSettings& line = cable_.settings(end);
  if (line.baud == 0) return kQueue;
  const std::uint64_t ahead = sim::characters_within(line, kSendAhead, kQueue);
  return std::max<std::size_t>(kMinSendAhead, ahead);
}

/// Returns whether the line has no speed limit and there may be more to take at once.
bool PtyCable::take(End end) {
  Side& side = this->side(end);
  if (!side.device.is_plugged() || cable_.in_transit(end) > kMaxInTransit) return false;
  const std::size_t goal = send_goal(end);
  const std::size_t queued = cable_.queued(end, now());
  if (queued > goal / 2) return false;  // arm() decides when
  std::array<Byte, kQueue> buffer;
  const std::size_t count = side.device.read(MutableByteView(buffer).first(goal - queued));
  if (count == 0) {
    if (side.holder == PtyHolder::somebody) await_readable(end);
    return false;
  }
  // Checked after reading, so that a speed never applies to bytes that were written before it was set.
  // The other end may have changed its speed before, too.
  const Time at = now();
  for (const End either : kEnds) follow_modes(either, at);
  cable_.send(end, ByteView(buffer).first(std::min(count, cable_.room(end, at))), at);
  if (cable_.settings(end).baud == 0) return true;
  if (cable_.queued(end, at) <= goal / 2 && side.holder == PtyHolder::somebody) await_readable(end);
  return false;
}

void PtyCable::deliver(End end) {
  Side& side = this->side(end);
  const Time at = now();
  cable_.receive(end, at, side.arrived);
  if (side.holder == PtyHolder::nobody) {
    side.unheard += side.arrived.size();
    side.arrived.clear();
  }
  if (!side.arrived.empty()) {
    const std::size_t count = side.device.write(side.arrived);
    side.delivered += count;
    side.arrived.erase(side.arrived.begin(), side.arrived.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (side.arrived.empty()) {
    cable_.release_sender_to(end, at);
  } else if (sender_must_wait(end)) {
    cable_.hold_sender_to(end, at);
    await_writable(end);
  } else {
    side.overrun += side.arrived.size();
    side.arrived.clear();
    cable_.release_sender_to(end, at);
  }
}

bool PtyCable::sender_must_wait(End end) const {
  const bool stops = side(end).flow_control == FlowControl::rts_cts &&
                     settings_.flow_wires == CableSettings::FlowWires::joined;
  return stops || settings_.software_flow_control || cable_.settings(other(end)).baud == 0;
}

void PtyCable::await_readable(End end) {
  Side& side = this->side(end);
  if (side.reading == Wait::under_way) return;
  side.reading = Wait::under_way;
  side.device.when_readable([this, end] {
    this->side(end).reading = Wait::none;
    pump();
  });
}

void PtyCable::await_writable(End end) {
  Side& side = this->side(end);
  if (side.writing == Wait::under_way) return;
  side.writing = Wait::under_way;
  side.device.when_writable([this, end] {
    this->side(end).writing = Wait::none;
    pump();
  });
}

/// Bytes that follow each other are delivered together, but the last one does not wait for more.
Time PtyCable::delivery_due(End end) const {
  const Time first = cable_.next_arrival(end);
  if (first == kNever || cable_.settings(other(end)).baud == 0) return first;
  const Time sent = cable_.room_time(other(end), kQueue);
  if (sent == kNever) return first + kDeliverySlack;
  return std::clamp(sent + settings_.latency, first, first + kDeliverySlack);
}

Time PtyCable::next_due(End end, Time now) const {
  Time due = delivery_due(end);
  const Side& side = this->side(end);
  if (!side.arrived.empty()) due = std::min(due, now + kHeldPoll);
  if (!side.device.is_plugged()) return due;
  if (side.holder == PtyHolder::nobody) return std::min(due, now + kHolderPoll);
  if (!cable_.uart(end).rules.empty()) due = std::min(due, now + kSpeedPoll);
  // A device that is not waited for is tried again when there is space. There may be space by now, although
  // there was none in take().
  const bool asks_later = side.reading == Wait::none && cable_.in_transit(end) <= kMaxInTransit;
  if (asks_later) due = std::min(due, cable_.room_time(end, kQueue - send_goal(end) / 2));
  return due;
}

void PtyCable::arm(Time now) {
  const Time due = std::min(next_due(End::a, now), next_due(End::b, now));
  if (due == armed_for_) return;
  armed_for_ = due;
  if (due == kNever) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(to_steady(due));
  timer_.async_wait(lifetime_.guard([this](ErrorCode error) {
    if (error) return;
    armed_for_ = kNever;
    pump();
  }));
}

}  // namespace serialtcp::io
