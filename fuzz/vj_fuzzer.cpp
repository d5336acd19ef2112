// Compressed headers of TCP. One half of the inputs are frames for the receiver: whatever they are, what comes out is a packet
// with right checksums. The other half are packets for the sender, of which some are lost, noticed or not: what comes out is
// what was sent.
#include "input.h"
#include "ip/big_endian.h"
#include "ip/datagram_writer.h"
#include "ip/vj_compressor.h"
#include "ip/vj_decompressor.h"
#include "segments.h"

namespace serialtcp::fuzz {
namespace {

using ip::VjKind;

constexpr unsigned kSlots = 4;

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
