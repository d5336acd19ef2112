// Packed headers of an IP link. One half of the inputs are datagrams for the receiver: whatever they are, what comes out is a
// packet, with a right checksum if it was packed. The other half are packets for the sender, of which some are lost, as are
// requests for an anchor: what comes out is what was sent.
#include "input.h"
#include "ip/header_packer.h"
#include "ip/header_unpacker.h"
#include "segments.h"

namespace serialtcp::fuzz {
namespace {

using ip::packed::Form;

/// Editions of an anchor are told apart if no more than this are lost in a row.
constexpr std::size_t kMostLost = 200;

ip::Address host(Byte version, Byte last) {
  return version % 2 == 0 ? ip::Address::v4(0x0A000200U + last)
                          : ip::Address::v6(0xFD00'0000'0000'0000, last);
}

/// With options of TCP, if the input wants some: timestamps, or any.
void add_options(Bytes& segment, Input& input) {
  const Byte what = input.u8();
  if (what % 4 == 0) return;
  Bytes options = input.bytes(8);
  options.resize(8);
  if (what % 4 == 1) options.insert(options.begin(), {1, 1, 8, 10});
  if (what % 4 == 2) options.insert(options.end(), std::size_t{what / 4 % 8U} * 4, 1);
  segment[12] = static_cast<Byte>((ip::kTcpHeader + options.size()) / 4 << 4U);
  segment.insert(segment.begin() + ip::kTcpHeader, options.begin(), options.end());
}

class Packets {
 public:
  Bytes next(Input& input) {
    const Byte what = input.u8();
    if (what % 4 == 0) return segments_.next(input);
    const Byte version = what / 4 % 2;
    if (what % 4 == 3) return input.bytes(input.u8());  // anything
    Bytes payload = what % 4 == 1 ? segments_.next_payload(input) : datagram(input);
    if (what % 4 == 1) add_options(payload, input);
    return ip::make_datagram(
        {host(version, 2), host(version, 15), what % 4 == 1 ? ip::protocol::kTcp : ip::protocol::kUdp},
        payload);
  }

 private:
  static Bytes datagram(Input& input) {
    Bytes bytes(ip::kUdpHeader, 0);
    bytes[1] = input.u8() % 20;  // more connections than there are contexts
    const Bytes data = input.bytes(input.u8());
    bytes.insert(bytes.end(), data.begin(), data.end());
    ip::put16(bytes, 4, static_cast<std::uint16_t>(bytes.size()));
    return bytes;
  }

  Segments segments_;
};

void send(Input input) {
  ip::HeaderPacker packer;
  ip::HeaderUnpacker unpacker;
  Packets packets;
  Time now{};
  std::size_t lost = 0;
  bool any_lost = false;
  while (!input.empty()) {
    const Byte fate = input.u8();
    const Bytes datagram = packets.next(input);
    const Bytes sent = packer.pack(datagram);
    demand(sent.size() <= datagram.size() + 2, "an anchor costs two bytes, and nothing else anything");
    if (fate >= 0xC0 && lost < kMostLost) {
      any_lost = true;
      ++lost;
      continue;
    }
    lost = 0;
    now += std::chrono::milliseconds(fate);
    const auto made = unpacker.unpack(sent, now);
    if (made.packet) demand(*made.packet == datagram, "what arrives is what was sent");
    demand(made.packet || any_lost || !ip::parse(datagram), "without a loss every packet arrives");
    if (made.answer && fate % 4 != 0) packer.missing((*made.answer)[0] & 0x0FU);
  }
}

void receive(Input input) {
  ip::HeaderPacker packer;
  ip::HeaderUnpacker unpacker;
  Packets packets;
  Time now{};
  while (!input.empty()) {
    const Byte what = input.u8();
    Bytes sent = (what & 1U) != 0 ? packer.pack(packets.next(input)) : input.bytes(input.u8());
    if ((what & 2U) != 0 && !sent.empty()) sent[input.u8() % sent.size()] ^= input.u8();
    now += std::chrono::milliseconds(what);
    const auto made = unpacker.unpack(sent, now);
    demand(!made.answer || made.answer->size() == 1, "a request is a byte");
    demand(!made.missing || *made.missing < ip::packed::kContexts, "a request names a context");
    if (made.missing) packer.missing(*made.missing);
    if (!made.packet) continue;
    const auto packet = ip::parse(*made.packet);
    demand(packet.has_value(), "what comes out is a packet");
    if (static_cast<Form>(sent[0] >> 4U) == Form::packed)
      demand(packet->bytes.size() == made.packet->size() && ip::has_right_checksum(*packet),
             "what was packed has a right checksum");
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  if (size < 2) return 0;
  if ((data[0] & 1U) != 0) {
    fuzz::send({data + 1, size - 1});
  } else {
    fuzz::receive({data + 1, size - 1});
  }
  return 0;
}
