// A telnet client that sends arbitrary bytes in arbitrary pieces to a server with a serial port: however they are cut, they
// mean the same; what they cause to be sent is telnet, bounded, and has few option messages; data arrives as it was sent.
#include "input.h"
#include "telnet/server_session.h"

namespace serialtcp::fuzz {
namespace {

using telnet::ServedPort;
using telnet::ServerSession;
using namespace telnet::com_port;

struct Port final : ServedPort {
  std::uint32_t set_baud(std::uint32_t wanted) override { return baud = wanted != 0 ? wanted : baud; }
  Byte set_data_size(Byte wanted) override { return wanted; }
  Byte set_parity(Byte wanted) override { return wanted; }
  Byte set_stop_size(Byte wanted) override { return wanted; }
  Byte set_flow(Byte wanted) override { return wanted; }
  Byte set_inbound_flow(Byte wanted) override { return wanted; }
  Byte set_break(Byte wanted) override { return wanted; }
  Pins set_pins(const Pins& wanted) override {
    demand(!wanted.dtr || *wanted.dtr == kDtrOn || *wanted.dtr == kDtrOff, "DTR is on or off");
    demand(!wanted.rts || *wanted.rts == kRtsOn || *wanted.rts == kRtsOff, "RTS is on or off");
    if (wanted.dtr) pins.dtr = wanted.dtr;
    if (wanted.rts) pins.rts = wanted.rts;
    return pins;
  }
  void purge(Byte what) override { demand(what >= kPurgeReceived && what <= kPurgeBoth, "a known purge"); }
  Byte modem_state() override { return kCts; }
  std::uint32_t baud = 9600;
  Pins pins{kDtrOn, kRtsOn};
};

struct Heard final : telnet::ServerEvents {
  void data(ByteView bytes) override { all.insert(all.end(), bytes.begin(), bytes.end()); }
  void break_pressed() override { ++breaks; }
  Bytes all;
  int breaks = 0;
};

struct Told {
  Bytes data, sent;
  int breaks = 0;
  std::uint32_t baud = 0;
  ServedPort::Pins pins;
  bool failed = false, suspended = false, watches = false;

  bool operator==(const Told&) const = default;
};

enum class WithPort : std::uint8_t { no, yes };

/// Cut where `cuts` says, or not at all.
Told tell(ByteView bytes, Input* cuts, WithPort with) {
  Port port;
  Heard heard;
  ServerSession session(heard, with == WithPort::yes ? &port : nullptr, "fuzzed");
  Told told;
  session.start(told.sent);
  while (!bytes.empty()) session.receive(take_piece(bytes, cuts), told.sent);
  told.data = heard.all;
  told.breaks = heard.breaks;
  told.baud = port.baud;
  told.pins = port.pins;
  told.failed = session.failed();
  told.suspended = session.suspended();
  told.watches = session.watches_pins();
  return told;
}

void check_sent(const Told& told, std::size_t received) {
  demand(told.sent.size() <= 32 + (received + 1) * ServerSession::kMaxAnswer, "answers are bounded");
  demand(told.data.size() <= received, "data does not become more");
  telnet::Parser parser;
  ByteView rest(told.sent);
  std::size_t options = 0;
  while (const auto item = parser.next(rest)) {
    using Kind = telnet::Parser::Item::Kind;
    demand(item->kind != Kind::endless && !parser.sends_bare_iac(), "what is sent is telnet");
    if (item->kind == Kind::negotiation) ++options;
    if (item->kind == Kind::subnegotiation)
      demand(!item->bytes.empty() && item->bytes[0] >= kFromServer, "answers are the server's");
  }
  demand(!parser.is_in_command(), "nothing is incomplete");
  demand(options <= ServerSession::kMaxOptionMessages, "there are few option messages");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  const auto input = fuzz::split_head(data, size);
  if (!input) return 0;
  fuzz::Input head = input->head;
  const auto with = (head.u8() & 1U) != 0 ? fuzz::WithPort::yes : fuzz::WithPort::no;
  const fuzz::Told one = fuzz::tell(input->bytes, &head, with);
  fuzz::demand(one == fuzz::tell(input->bytes, nullptr, with), "it does not matter how the bytes are cut");
  fuzz::check_sent(one, input->bytes.size());
  return 0;
}
