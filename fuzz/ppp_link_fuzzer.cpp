// A peer that sends any frames, with right check values, to an end of a PPP link with any configuration, while time passes:
// it comes to no harm, sends frames that are PPP, no more than it should, sends datagrams only while it is up, and always
// gets up again with a peer that is as it should be.
#include <algorithm>
#include <memory>

#include "input.h"
#include "ppp/link.h"
#include "ppp/numbers.h"

namespace serialtcp::fuzz {
namespace {

constexpr std::size_t kMostSteps = 400;

ppp::Config config_of(Input& input) {
  ppp::Config config;
  const std::uint32_t what = input.u16();
  config.start = (what & 1U) != 0 ? ppp::Config::Start::passive : ppp::Config::Start::active;
  if ((what & 2U) != 0) config.ours = 0x0A000202;
  if ((what & 4U) != 0) config.peers = 0x0A00020F;
  if ((what & 8U) != 0) config.dns[0] = 0x0A000203;
  config.asks_dns = (what & 16U) != 0;
  config.ipv6 = (what & 32U) != 0;
  config.vj = (what & 64U) != 0;
  config.yields = (what & 128U) != 0;
  if ((what & 256U) != 0) config.accepts = {{"a", "b"}};
  if ((what & 512U) != 0) config.login = ppp::Login{"c", "d"};
  config.pap = (what & 1024U) != 0;
  if ((what & 2048U) != 0) config.mru = 296;
  if ((what & 4096U) != 0) config.map = 0x000A0000;
  if ((what & 8192U) != 0) config.echo_after = std::chrono::seconds(1);
  config.entropy[0] = input.u8();
  return config;
}

/// One that agrees to everything that a good peer agrees to.
ppp::Config good_peer(const ppp::Config& config) {
  ppp::Config peer;
  if (config.ours == 0) (config.peers == 0 ? peer.ours : peer.peers) = 0x0A000202;
  if (config.peers == 0) (config.ours == 0 ? peer.peers : peer.ours) = 0x0A00020F;
  if (!config.accepts.empty()) peer.login = config.accepts[0];
  peer.entropy[1] = 7;
  return peer;
}

struct Machine {
  explicit Machine(const ppp::Config& config) : link(config, now) {}

  void drain() {
    while (const auto report = link.poll()) {
      using Kind = ip::LinkReport::Kind;
      const bool told = report->kind == Kind::down || report->kind == Kind::note;
      demand(report->text.empty() != told, "what is for the log has a text");
      demand(report->text.size() < 400, "a message is short");
      demand((report->kind == Kind::datagram) != report->datagram.empty(), "a datagram is not empty");
    }
    if (link.is_up()) {
      const ip::LinkAddresses addresses = link.addresses();
      demand(addresses.ours != 0 || addresses.our_id != 0, "who is up has an address");
      demand(addresses.mtu >= ppp::limits::kLeastMru && addresses.mtu <= ppp::limits::kDefaultMru,
             "a sensible MTU");
    }
    demand(link.pending() <= ppp::limits::kMaxPending + 2 * 1520, "what waits for the line is bounded");
  }
  void transmit(std::size_t room) {
    const Bytes bytes = link.transmit(room);
    demand(bytes.size() <= room, "no more than there is room for");
    ByteView rest(bytes);
    while (const auto frame = reader.next(rest)) {
      demand(frame->information.size() <= ppp::limits::kDefaultMru, "frames are not too long");
    }
    const ppp::FrameCounts& counts = reader.counts();
    demand(counts.lost() == 0, "what is sent is PPP");
  }
  void tick() {
    if (link.deadline() <= now) link.tick(now);
    demand(link.deadline() > now, "what was due was done");
  }

  Time now = Time(std::chrono::seconds(1));
  ppp::PppLink link;
  ppp::FrameReader reader{ppp::limits::kDefaultMru};
};

Bytes frame_of(Input& input) {
  using namespace ppp;
  constexpr std::array<std::uint16_t, 12> kProtocols{protocol::kLcp,
                                                     protocol::kIpcp,
                                                     protocol::kIpv6cp,
                                                     protocol::kPap,
                                                     protocol::kChap,
                                                     protocol::kIpv4,
                                                     protocol::kIpv6,
                                                     protocol::kVjCompressed,
                                                     protocol::kVjUncompressed,
                                                     0x80FD,
                                                     0x8281,
                                                     0xC025};
  const std::uint16_t protocol = kProtocols[input.u8() % kProtocols.size()];
  const Byte code = input.u8(), id = input.u8() % 8;
  const Bytes data = input.bytes(input.u8() % 64);
  Bytes line;
  append_frame(protocol, make_packet(code % 15, id, data), {}, OpeningFlag::needed, line);
  return line;
}

/// What the machine has asked for is accepted, so that the states behind that are reached.
void agree(Machine& machine) {
  const Bytes bytes = machine.link.transmit(1 << 20);
  ByteView rest(bytes);
  Bytes line;
  while (const auto frame = machine.reader.next(rest)) {
    const auto packet = ppp::parse_packet(frame->information);
    if (!packet || packet->code != ppp::code::kConfigureRequest || frame->protocol < 0x8000) continue;
    Bytes ack(frame->information.begin(), frame->information.end());
    ack[0] = ppp::code::kConfigureAck;
    ppp::append_frame(frame->protocol, ack, {}, ppp::OpeningFlag::needed, line);
  }
  machine.link.receive(line, machine.now);
}

void step(Machine& machine, Input& input) {
  switch (input.u8() % 8) {
    case 0:
    case 1:
    case 2:
      machine.link.receive(frame_of(input), machine.now);
      break;
    case 3:
      agree(machine);
      break;
    case 4:
      machine.now += std::min<Duration>(input.duration(), std::chrono::seconds(60));
      machine.tick();
      break;
    case 5:
      machine.link.receive(input.bytes(input.u8()), machine.now);
      break;
    case 6: {
      Bytes datagram = input.bytes(input.u8());
      if (!datagram.empty())
        datagram[0] = static_cast<Byte>((input.u8() % 2 != 0 ? 0x40 : 0x60) | (datagram[0] & 15U));
      machine.link.send(datagram, machine.now);
      break;
    }
    default:
      machine.transmit(1 + input.u16());
  }
  machine.drain();
}

/// The peer is replaced by a good one: the link must be up after a while.
void recover(Machine& machine, const ppp::Config& config) {
  machine.link.transmit(1 << 20);
  ppp::PppLink peer(good_peer(config), machine.now);
  const Time end = machine.now + std::chrono::seconds(120);
  while (machine.now < end && !(machine.link.is_up() && peer.is_up())) {
    for (int i = 0; i < 20 && machine.link.pending() + peer.pending() > 0; ++i) {
      peer.receive(machine.link.transmit(1 << 20), machine.now);
      machine.link.receive(peer.transmit(1 << 20), machine.now);
    }
    machine.drain();
    while (peer.poll()) {
    }
    if (machine.link.is_up() && peer.is_up()) return;
    machine.now = std::max(machine.now, std::min({end, machine.link.deadline(), peer.deadline()}));
    machine.tick();
    if (peer.deadline() <= machine.now) peer.tick(machine.now);
  }
  demand(machine.link.is_up() && peer.is_up(), "a good peer gets a link");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  fuzz::Input input(data, size);
  const ppp::Config config = fuzz::config_of(input);
  fuzz::Machine machine(config);
  for (std::size_t i = 0; i < fuzz::kMostSteps && !input.empty(); ++i) fuzz::step(machine, input);
  fuzz::recover(machine, config);
  return 0;
}
