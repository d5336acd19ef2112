#include "telnet/server_session.h"

#include <string_view>

namespace serialtcp::telnet {

namespace {

/// RFC 854: some visible evidence that the server is there.
constexpr std::string_view kHere = "\r\n[yes]\r\n";

}  // namespace

ServerSession::ServerSession(ServerEvents& events, ServedPort* port, const std::string& signature)
    : events_(events) {
  if (port != nullptr) port_.emplace(*port, signature);
}

void ServerSession::offer(Side side, Byte option, Bytes& out) {
  if (const auto verb = negotiator_.enable(side, option)) append_negotiation(*verb, option, out);
}

void ServerSession::start(Bytes& out) {
  offer(Side::us, option::kEcho, out);  // the device echoes, or nobody: the client must not
  for (const Byte option : {option::kSuppressGoAhead, option::kBinary}) {
    offer(Side::us, option, out);
    offer(Side::peer, option, out);
  }
  if (!port_) return;
  offer(Side::peer, option::kComPort, out);
  negotiator_.accept(Side::us, option::kComPort);  // there are clients that ask for this
}

Mode ServerSession::mode(Side sender) const {
  const bool binary = parser_.sends_bare_iac() || negotiator_.in_use(sender, option::kBinary);
  return binary ? Mode::binary : Mode::text;
}

void ServerSession::encode(ByteView data, Bytes& out) const {
  append_data(data, mode(Side::us), out);
}

void ServerSession::settle(Bytes& out) {
  if (port_) port_->settle(out);
}

void ServerSession::receive(ByteView bytes, Bytes& out) {
  while (!failed_) {
    const auto item = parser_.next(bytes);
    if (!item) break;
    handle(*item, out);
  }
  settle(out);
}

void ServerSession::handle(const Parser::Item& item, Bytes& out) {
  using Kind = Parser::Item::Kind;
  if (item.kind != Kind::subnegotiation) settle(out);
  switch (item.kind) {
    case Kind::data:
      return events_.data(item.bytes);
    case Kind::negotiation:
      speaks_telnet_ = true;
      return negotiate(item.verb, item.option, out);
    case Kind::subnegotiation:
      speaks_telnet_ = true;
      if (port_ && item.option == option::kComPort) port_->receive(item.bytes, out);
      return;
    case Kind::command:
      speaks_telnet_ = true;
      if (item.verb == kBreak) events_.break_pressed();
      if (item.verb == kAreYouThere) out.insert(out.end(), kHere.begin(), kHere.end());
      return;
    case Kind::endless:
      failed_ = true;
      return;
  }
}

void ServerSession::negotiate(Byte verb, Byte option, Bytes& out) {
  if (const auto answer = negotiator_.receive(verb, option)) append_negotiation(*answer, option, out);
  parser_.set_mode(mode(Side::peer));
  if (option != option::kComPort || !port_ || has_port_) return;
  has_port_ = negotiator_.in_use(Side::peer, option) || negotiator_.in_use(Side::us, option);
  if (has_port_) port_->begin(out);
}

void ServerSession::look_at_pins(Bytes& out) {
  if (port_) port_->look_at_pins(out);
}

void ServerSession::notify_line_state(Byte bits, Bytes& out) {
  if (port_) port_->notify_line_state(bits, out);
}

std::optional<std::string> ServerSession::take_signature() {
  return port_ ? port_->take_signature() : std::nullopt;
}

}  // namespace serialtcp::telnet
