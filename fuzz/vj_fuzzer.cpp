// Compressed headers of TCP. One half of the inputs are frames for the receiver: whatever they are, what comes out is a packet
// with right checksums. The other half are packets for the sender, of which some are lost, noticed or not: what comes out is
// what was sent.
#include <array>

#include "input.h"
#include "ip/big_endian.h"
#include "ip/datagram_writer.h"
#include "ip/vj_compressor.h"
#include "ip/vj_decompressor.h"

namespace serialtcp::fuzz {
namespace {

using ip::VjKind;

constexpr unsigned kConnections = 6, kSlots = 4;

std::optional<Bytes> unpack(ip::VjDecompressor& decompressor, VjKind kind, ByteView bytes) {
  switch (kind) {
    case VjKind::uncompressed:
      return decompressor.uncompressed(bytes);
    case VjKind::compressed:
      return decompressor.compressed(bytes);
    case VjKind::ip:
      break;
  }
  return Bytes(bytes.begin(), bytes.end());
}

void check(const Bytes& datagram) {
  const auto packet = ip::parse(datagram);
  demand(packet && packet->bytes.size() == datagram.size() && ip::has_right_checksum(*packet),
         "what is rebuilt is a packet with right checksums");
}

/// Segments of some connections: the last one of each, which the input changes.
class Segments {
 public:
  Segments() {
    for (std::size_t i = 0; i < kConnections; ++i) {
      tcp_[i].assign(ip::kTcpHeader, 0);
      tcp_[i][1] = static_cast<Byte>(i + 1);
      tcp_[i][12] = 0x50;
      tcp_[i][13] = ip::tcp_flag::kAck;
    }
  }

  Bytes next(Input& input) {
    const std::size_t which = input.u8() % kConnections;
    Bytes& tcp = tcp_[which];
    const Byte what = input.u8();
    add32(tcp, 4, (what & 1U) != 0 ? static_cast<std::uint32_t>(data_[which]) : input.u8());
    if ((what & 2U) != 0) add32(tcp, 8, input.u16());
    if ((what & 4U) != 0) ip::put16(tcp, 14, static_cast<std::uint16_t>(ip::get16(tcp, 14) - input.u16()));
    if ((what & 8U) != 0) tcp[input.u8() % tcp.size()] ^= input.u8();
    if ((what & 16U) != 0) tcp[13] ^= input.u8();
    tcp[12] = 0x50;
    Bytes payload = tcp;
    const Bytes data = input.bytes((what & 32U) != 0 ? input.u8() : 0);
    payload.insert(payload.end(), data.begin(), data.end());
    data_[which] = data.size();
    Bytes datagram = ip::make_datagram(
        {ip::Address::v4(0x0A000202), ip::Address::v4(0x0A00020F), ip::protocol::kTcp}, payload);
    if ((what & 64U) != 0) datagram[1] = input.u8();
    if ((what & 128U) != 0) ip::put16(datagram, 4, static_cast<std::uint16_t>(input.u16()));
    ip::set_header_checksum(MutableByteView(datagram).first(ip::kIpv4Header));
    return datagram;
  }

 private:
  static void add32(Bytes& bytes, std::size_t at, std::uint32_t more) {
    ip::put32(bytes, at, ip::get32(bytes, at) + more);
  }
  std::array<Bytes, kConnections> tcp_;
  std::array<std::size_t, kConnections> data_ = {};
};

/// Identifications may be wrong after a loss: only fragments need them.
Bytes without_identification(Bytes datagram) {
  ip::put16(datagram, 4, 0);
  ip::set_header_checksum(MutableByteView(datagram).first(ip::kIpv4Header));
  return datagram;
}

void send(Input input) {
  const bool omit = (input.u8() & 1U) != 0;
  ip::VjCompressor compressor(kSlots, omit);
  ip::VjDecompressor decompressor(kSlots);
  Segments segments;
  std::size_t lost = 0;
  bool any_lost = false;
  while (!input.empty()) {
    const Byte fate = input.u8();
    const Bytes datagram = segments.next(input);
    const auto packed = compressor.compress(datagram);
    demand(packed.bytes.size() <= datagram.size(), "nothing becomes longer");
    if (fate >= 0xC0 && lost < ip::VjCompressor::kHistory - 1) {
      if (fate >= 0xF0) decompressor.lost();
      any_lost = true;
      ++lost;
      continue;
    }
    lost = 0;
    const auto made = unpack(decompressor, packed.kind, packed.bytes);
    demand(made || any_lost, "without a loss everything arrives");
    if (!made) continue;
    check(*made);
    demand(without_identification(*made) == without_identification(datagram),
           "what arrives is what was sent");
    demand(any_lost || *made == datagram, "without a loss, so are identifications");
  }
}

void receive(Input input) {
  ip::VjDecompressor decompressor(kSlots);
  Segments segments;
  ip::VjCompressor compressor(kSlots, true);
  while (!input.empty()) {
    const Byte what = input.u8();
    Bytes frame;
    auto kind = (what & 1U) != 0 ? VjKind::compressed : VjKind::uncompressed;
    if ((what & 2U) != 0) {  // a correct one, with a change somewhere
      const auto packed = compressor.compress(segments.next(input));
      frame = packed.bytes;
      kind = packed.kind;
      if ((what & 4U) != 0) frame[input.u8() % frame.size()] ^= input.u8();
      if (kind == VjKind::ip) continue;
    } else {
      frame = input.bytes(input.u8());
    }
    if (what >= 0xF8) decompressor.lost();
    if (const auto made = unpack(decompressor, kind, frame)) check(*made);
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
