// A device that sends any bytes to SLIP, in arbitrary pieces: however they are cut, they mean the same; what is passed on is
// an IP packet; and all of it arrives when it is sent on, with headers compressed.
#include <vector>

#include "input.h"
#include "ip/packet.h"
#include "ip/slip_link.h"

namespace serialtcp::fuzz {
namespace {

using ip::LinkReport;
using ip::SlipCompression;
using ip::SlipLink;

constexpr ip::LinkAddresses kAddresses{.mtu = SlipLink::kMaxDatagram};

std::vector<Bytes> datagrams_of(SlipLink& link) {
  std::vector<Bytes> datagrams;
  while (auto report = link.poll()) {
    if (report->kind == LinkReport::Kind::datagram) datagrams.push_back(std::move(report->datagram));
  }
  return datagrams;
}

/// Cut where `cuts` says, or not at all.
std::vector<Bytes> receive(ByteView bytes, Input* cuts) {
  SlipLink link(kAddresses, SlipCompression::automatic);
  while (!bytes.empty()) link.receive(take_piece(bytes, cuts), Time{});
  return datagrams_of(link);
}

void send_on(const std::vector<Bytes>& datagrams) {
  SlipLink one(kAddresses, SlipCompression::on), other(kAddresses, SlipCompression::off);
  for (const Bytes& datagram : datagrams) {
    one.send(datagram, Time{});
    other.receive(one.transmit(one.pending()), Time{});
  }
  demand(datagrams_of(other) == datagrams, "datagrams arrive");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  const auto input = fuzz::split_head(data, size);
  if (!input) return 0;
  fuzz::Input cuts = input->head;
  const auto datagrams = fuzz::receive(input->bytes, &cuts);
  fuzz::demand(datagrams == fuzz::receive(input->bytes, nullptr), "it does not matter how the bytes are cut");
  for (const Bytes& datagram : datagrams) {
    const auto packet = ip::parse(datagram);
    fuzz::demand(packet && packet->bytes.size() == datagram.size(), "what is passed on is a packet");
  }
  fuzz::send_on(datagrams);
  return 0;
}
