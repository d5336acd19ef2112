#include "sim/cable.h"

#include <algorithm>

namespace serialtcp::sim {

namespace {

WireConfig wire_config(const CableConfig& config, const LineSettings& sender, const LineSettings& receiver) {
  return {.sender = sender,
          .receiver = receiver,
          .faults = config.faults,
          .latency = config.shared ? Duration{} : config.latency,
          .quantum = config.quantum,
          .lumps = config.lumps,
          .queue_capacity = config.queue_capacity,
          .receive_buffer = config.receive_buffer,
          .limit = config.limit,
          .fifo = config.fifo};
}

}  // namespace

// The directions get different seeds, so that they do not have the same faults at the same bytes.
Cable::Cable(const CableConfig& config, std::uint64_t seed)
    : settings_{config.a, config.b},
      uarts_{config.uart_a, config.uart_b},
      a_to_b_(wire_config(config, real(End::a), real(End::b)), seed),
      b_to_a_(wire_config(config, real(End::b), real(End::a)), ~seed) {
  if (!config.shared) return;
  shared_.emplace(*config.shared);
  shared_->set_latency(config.latency);
}

Time Cable::next_arrival(End end) const {
  return shared_ ? shared_->next_event(index(end), a_to_b_, b_to_a_) : to(end).next_arrival();
}

void Cable::receive(End end, Time now, Bytes& out) {
  if (terminal(end) == TerminalModes{} && terminal(other(end)) == TerminalModes{})
    return receive_line(end, now, out);
  raw_.clear();
  receive_line(end, now, raw_);
  pass_terminals(end, raw_, now, out);
}

void Cable::receive_line(End end, Time now, Bytes& out) {
  if (!shared_) return to(end).receive(now, out);
  shared_->advance({&a_to_b_, &b_to_a_}, now);
  shared_->receive(index(end), now, out);
}

/// From the terminal at the other end to the one at this end.
void Cable::pass_terminals(End end, ByteView bytes, Time now, Bytes& out) {
  Bytes left;
  terminals_[index(other(end))].output(bytes, left);
  Terminal& terminal = terminals_[index(end)];
  sent_back_.clear();
  terminal.input(left, out, sent_back_);
  follow(terminal, end, now);
  from(end).send(ByteView(sent_back_).first(std::min(sent_back_.size(), from(end).room(now))), now);
}

void Cable::follow(const Terminal& terminal, End end, Time now) {
  if (terminal.stopped()) {
    from(end).hold(now, Wire::Hold::stopped);
  } else {
    from(end).release(now, Wire::Hold::stopped);
  }
}

void Cable::set_terminal(End end, const TerminalModes& modes, Time now) {
  terminals_[index(end)].set(modes);
  follow(terminals_[index(end)], end, now);
}

void Cable::share(const std::optional<SharedMediumConfig>& medium) {
  if (!medium) {
    shared_.reset();
  } else if (shared_) {
    shared_->configure(*medium);
  } else {
    shared_.emplace(*medium);
  }
}

CableStats Cable::stats() const {
  return {a_to_b_.stats(), b_to_a_.stats(), shared_ ? shared_->stats() : SharedMediumStats{}};
}

void Cable::set_settings(End end, const LineSettings& settings, Time now) {
  LineSettings& mine = settings_[index(end)];
  const std::uint32_t before = mine.baud;
  mine = settings;
  mine.baud = uart(end).taken(settings.baud, before);
  set_speeds(end, now);
}

void Cable::set_uart(End end, const Uart& uart, Time now) {
  if (uart == uarts_[index(end)]) return;
  uarts_[index(end)] = uart;
  set_speeds(end, now);
}

void Cable::set_speeds(End end, Time now) {
  from(end).set_sender(real(end), now);
  set_receivers(now);
}

void Cable::set_direction(End sender, const LineSettings& settings, Time now) {
  settings_[index(sender)] = settings;
  from(sender).set_sender(real(sender), now);
  from(sender).set_receiver(uart(other(sender)).real(settings), now);
}

void Cable::set_receivers(Time now) {
  for (const End end : {End::a, End::b})
    to(end).set_receiver(real(medium_ == Medium::bits ? end : speaker_to(end)), now);
}

void Cable::set_medium(Medium medium, Time now) {
  medium_ = medium;
  set_receivers(now);
}

void Cable::set_faults(const Faults& faults) {
  a_to_b_.set_faults(faults);
  b_to_a_.set_faults(faults);
}

void Cable::set_latency(Duration latency, Time now) {
  if (shared_) return shared_->set_latency(latency);
  a_to_b_.set_latency(latency, now);
  b_to_a_.set_latency(latency, now);
}

void Cable::set_quantum(Duration quantum, Time now) {
  a_to_b_.set_quantum(quantum, now);
  b_to_a_.set_quantum(quantum, now);
}

void Cable::set_lumps(const Lumps& lumps) {
  a_to_b_.set_lumps(lumps);
  b_to_a_.set_lumps(lumps);
}

void Cable::cut(Time now) {
  a_to_b_.cut(now);
  b_to_a_.cut(now);
}

void Cable::join(Time now) {
  a_to_b_.join(now);
  b_to_a_.join(now);
}

void Cable::set_echo(Echo echo, Time now) {
  echo_ = echo;
  set_receivers(now);
}

}  // namespace serialtcp::sim
