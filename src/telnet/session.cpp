#include "telnet/session.h"

#include <algorithm>

namespace serialtcp::telnet {

namespace {

/// Data that is encoded at once, so that little of it is pending.
constexpr std::size_t kMaxPiece = 4096;

}  // namespace

Session::Session(std::optional<PortWish> wish, Listener& listener, Time now)
    : listener_(listener), answers_(kMaxAnswers, kMaxAnswersPerSecond, now) {
  if (wish) port_.emplace(*wish);
}

void Session::start() {
  if (port_) {
    ask(Side::us, option::kComPort);
    negotiator_.accept(Side::peer, option::kComPort);
  }
  for (const Side side : {Side::us, Side::peer}) {
    ask(side, option::kBinary);
    ask(side, option::kSuppressGoAhead);
  }
}

void Session::ask(Side side, Byte option) {
  if (const auto verb = negotiator_.enable(side, option)) queue(*verb, option);
}

void Session::queue(Byte verb, Byte option) {
  append_negotiation(verb, option, out_);
  listener_.negotiated(Listener::Way::sent, verb, option);
}

void Session::set_port() {
  if (port_) port_->request_all(out_);
}

void Session::change(const PortWish& wish) {
  if (port_) port_->change(wish, out_);
}

void Session::set_break(bool on) {
  if (has_port()) {
    ComPort::request_control(on ? com_port::kBreakOn : com_port::kBreakOff, out_);
  } else if (on) {
    out_.insert(out_.end(), {kIac, kBreak});
  }
}

void Session::purge(Byte what) {
  if (port_) ComPort::request_purge(what, out_);
}

void Session::ask_for_pins() {
  if (port_) ComPort::request_modem_state(out_);
}

Mode Session::mode(Side sender) const {
  const bool binary = parser_.sends_bare_iac() || negotiator_.in_use(sender, option::kBinary);
  return binary ? Mode::binary : Mode::text;
}

bool Session::has_port() const {
  return port_ &&
         (negotiator_.in_use(Side::us, option::kComPort) || negotiator_.in_use(Side::peer, option::kComPort));
}

bool Session::negotiated() const {
  const auto decided = [this](Byte option) {
    return negotiator_.decided(Side::us, option) && negotiator_.decided(Side::peer, option);
  };
  return decided(option::kBinary) && decided(option::kComPort);
}

void Session::receive(ByteView bytes, Time now, Bytes& data) {
  while (failure_ == Failure::none) {
    const auto item = parser_.next(bytes);
    if (!item) return;
    handle(*item, now, data);
  }
}

void Session::handle(const Parser::Item& item, Time now, Bytes& data) {
  using Kind = Parser::Item::Kind;
  switch (item.kind) {
    case Kind::data:
      data.insert(data.end(), item.bytes.begin(), item.bytes.end());
      return;
    case Kind::negotiation:
      speaks_telnet_ = true;
      return negotiate(item.verb, item.option, now);
    case Kind::subnegotiation:
      speaks_telnet_ = true;
      if (item.option == option::kComPort && port_) hear_port(item.bytes, now);
      return;
    case Kind::command:
      return;
    case Kind::endless:
      failure_ = Failure::endless_subnegotiation;
      return;
  }
}

void Session::negotiate(Byte verb, Byte option, Time now) {
  listener_.negotiated(Listener::Way::received, verb, option);
  if (const auto answer = negotiator_.receive(verb, option)) {
    answered(now);
    if (failure_ == Failure::none) queue(*answer, option);
  }
  parser_.set_mode(mode(Side::peer));
}

void Session::answered(Time now) {
  if (!answers_.try_take(now)) failure_ = Failure::endless_negotiation;
  if (pending().size() >= kMaxUnread) failure_ = Failure::answers_not_read;
}

void Session::hear_port(ByteView value, Time now) {
  Bytes answer;
  const ComPort::Heard heard = port_->receive(value, answer);
  if (heard.kind == ComPort::Heard::Kind::nothing) return;
  if (!answer.empty()) answered(now);
  if (failure_ != Failure::none) return;
  out_.insert(out_.end(), answer.begin(), answer.end());
  listener_.port_told(heard);
}

std::size_t Session::send(ByteView data) {
  if (suspended() || failure_ != Failure::none || pending().size() >= kMaxPending) return 0;
  const std::size_t count = std::min(data.size(), kMaxPiece);
  append_data(data.first(count), mode(Side::us), out_);
  return count;
}

void Session::sent(std::size_t count) {
  sent_ += count;
  if (sent_ < out_.size() && sent_ < kMaxPending) return;
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(sent_));
  sent_ = 0;
}

}  // namespace serialtcp::telnet
