// Any bytes as a datagram: what is found in it lies within it, what is answered is a packet with right checksums to whoever
// sent it, and the queue passes each flow on in order, in bounded memory.
#include <algorithm>
#include <map>

#include "input.h"
#include "ip/answers.h"
#include "ip/big_endian.h"
#include "ip/datagram_writer.h"
#include "ip/flow_queue.h"
#include "ip/mss.h"
#include "ip/source_check.h"

namespace serialtcp::fuzz {
namespace {

bool is_within(ByteView part, ByteView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_parts(const ip::Packet& packet, ByteView datagram) {
  demand(is_within(packet.bytes, datagram) && is_within(packet.payload, packet.bytes), "parts are within");
  demand(packet.header + packet.payload.size() == packet.bytes.size(), "the payload follows the header");
  if (const auto tcp = ip::tcp_of(packet)) demand(is_within(tcp->data, packet.payload), "TCP is within");
  if (const auto udp = ip::udp_of(packet)) demand(is_within(udp->data, packet.payload), "UDP is within");
  if (const auto icmp = ip::icmp_of(packet)) demand(is_within(icmp->data, packet.payload), "ICMP is within");
}

void check_answer(const std::optional<Bytes>& answer, const ip::Packet& to) {
  if (!answer) return;
  const auto packet = ip::parse(*answer);
  demand(packet && packet->bytes.size() == answer->size(), "an answer is a packet");
  demand(packet->version == to.version && packet->destination == to.source, "and goes back");
  demand(ip::has_right_checksum(*packet), "with right checksums");
  const auto quoted = ip::parse(packet->payload.subspan(std::min(packet->payload.size(), ip::kIcmpHeader)));
  demand(!quoted || quoted->bytes.size() <= to.bytes.size(), "and is no larger than what it quotes");
}

void answer(const ip::Packet& packet) {
  const ip::Address four = ip::Address::v4(0x0A000202);
  ip::Address six;
  six.bytes[0] = 0xFE;
  const ip::Address& from = packet.version == 4 ? four : six;
  check_answer(ip::echo_reply(packet), packet);
  check_answer(ip::prohibited(packet, from), packet);
  check_answer(ip::too_big(packet, from, 576), packet);
  check_answer(ip::reset(packet), packet);
  const ip::SourceCheck check(ip::NetworkV4{0x0A000200, 24}, ip::NetworkV6{six, 64});
  demand(!check.accepts(packet) || packet.version == 6 || packet.source.v4() >> 8U == 0x0A0002,
         "spoofed sources are refused");
}

void limit(const ip::Packet& packet) {
  Bytes copy(packet.bytes.begin(), packet.bytes.end());
  const bool changed = ip::limit_mss(copy, 576);
  demand(changed == !std::ranges::equal(copy, packet.bytes), "what is changed is said");
  const auto after = ip::parse(copy);
  demand(after && after->payload.size() == packet.payload.size(), "a packet stays one");
  demand(!ip::has_right_checksum(packet) || ip::has_right_checksum(*after), "with a right checksum");
}

/// Any bytes, or ones that have been made to look like a packet.
Bytes datagram_of(Input& input) {
  const Byte what = input.u8();
  Bytes bytes = input.bytes(input.u8());
  if ((what & 1U) != 0 && bytes.size() >= ip::kIpv4Header) {
    bytes[0] = static_cast<Byte>(0x45U + (what >> 6U));
    ip::put16(bytes, 2, static_cast<std::uint16_t>(bytes.size()));
    const std::size_t header = (bytes[0] & 15U) * std::size_t{4};
    if (header <= bytes.size()) ip::set_header_checksum(MutableByteView(bytes).first(header));
  } else if ((what & 2U) != 0 && bytes.size() >= ip::kIpv6Header) {
    bytes[0] = static_cast<Byte>(0x60U | (bytes[0] & 15U));
    ip::put16(bytes, 4, static_cast<std::uint16_t>(bytes.size() - ip::kIpv6Header));
  } else if ((what & 4U) != 0 && bytes.size() >= ip::kTcpHeader) {
    constexpr std::array<std::uint8_t, 4> kProtocols{ip::protocol::kTcp, ip::protocol::kUdp,
                                                     ip::protocol::kIcmp, ip::protocol::kIcmpv6};
    bytes = ip::make_datagram(
        {ip::Address::v4(0x0A00020F), ip::Address::v4(input.u32()), kProtocols[what >> 6U]}, bytes);
  }
  return bytes;
}

void run(Input input) {
  ip::FlowQueue queue(1 + input.u16(), 1 + input.u16(), {.packets = 8, .bytes = 600});
  Time now{};
  std::map<ip::FlowKey, Time> newest;  // of each flow, when the last packet that was passed on had arrived
  std::map<Bytes, Time> arrived;
  while (!input.empty()) {
    const Bytes datagram = datagram_of(input);
    const auto packet = ip::parse(datagram);
    if (packet) {
      check_parts(*packet, datagram);
      answer(*packet);
      limit(*packet);
    }
    now += input.duration();
    // Only marks change a packet, and equal ones could not be told apart.
    if (!packet || (packet->ecn == ip::Ecn::not_capable && arrived.try_emplace(datagram, now).second))
      queue.push(datagram, now);
    demand(queue.packets() <= 8 && queue.bytes() <= 600 && queue.flows() <= 16, "the queue is bounded");
    if (input.u8() < 0x80) continue;
    const bool was_empty = queue.empty();
    const auto passed = queue.pop(now);
    demand(passed.has_value() != was_empty, "what has packets passes one on");
    if (!passed) continue;
    Time& last = newest[ip::flow_of(*ip::parse(*passed))];
    demand(last <= arrived.at(*passed), "a flow stays in order");
    last = arrived.at(*passed);
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::run({data, size});
  return 0;
}
