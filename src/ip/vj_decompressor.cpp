#include "ip/vj_decompressor.h"

#include <utility>

#include "ip/big_endian.h"
#include "ip/datagram_writer.h"

namespace serialtcp::ip {
namespace {

std::uint16_t read_checksum(base::Reader& in) {
  const unsigned high = in.u8();
  return static_cast<std::uint16_t>(high << 8U | in.u8());
}

/// 1 to 255 in one byte, all else in three.
std::uint16_t read_difference(base::Reader& in) {
  const std::uint8_t first = in.u8();
  return first != 0 ? first : read_checksum(in);
}

void add16(MutableByteView bytes, std::size_t at, std::uint32_t difference) {
  put16(bytes, at, static_cast<std::uint16_t>(get16(bytes, at) + difference));
}

void add32(MutableByteView bytes, std::size_t at, std::uint32_t difference) {
  put32(bytes, at, get32(bytes, at) + difference);
}

/// Applies what the packet says to the TCP header of the packet before, which had `data` bytes of data.
void apply_to_tcp(MutableByteView tcp, std::uint8_t bits, std::size_t data, base::Reader& in) {
  put16(tcp, vj::at::kChecksum, read_checksum(in));
  tcp[vj::at::kFlags] &= static_cast<Byte>(~vj::kNamedFlags);
  if ((bits & vj::kPush) != 0) tcp[vj::at::kFlags] |= tcp_flag::kPsh;
  const auto before = static_cast<std::uint32_t>(data);
  switch (bits & vj::kAllOfTcp) {
    case vj::kEchoed:
      add32(tcp, vj::at::kAcknowledgement, before);
      [[fallthrough]];
    case vj::kTransfer:
      add32(tcp, vj::at::kSequence, before);
      return;
    default:
      break;
  }
  if ((bits & vj::kUrgent) != 0) {
    tcp[vj::at::kFlags] |= tcp_flag::kUrg;
    put16(tcp, vj::at::kUrgent, read_difference(in));
  }
  if ((bits & vj::kWindow) != 0) add16(tcp, vj::at::kWindow, read_difference(in));
  if ((bits & vj::kAcknowledgement) != 0) add32(tcp, vj::at::kAcknowledgement, read_difference(in));
  if ((bits & vj::kSequence) != 0) add32(tcp, vj::at::kSequence, read_difference(in));
}

std::size_t ip_header_of(ByteView header) {
  return (header[0] & 0x0FU) * std::size_t{4};
}

}  // namespace

VjDecompressor::VjDecompressor(unsigned slots) : slots_(slots), last_(slots) {
  CHECK(slots >= 1 && slots <= vj::kMaxSlots);
}

std::optional<Bytes> VjDecompressor::wrong() {
  ++counters_.wrong;
  last_ = slots_.size();
  return std::nullopt;
}

void VjDecompressor::lost() {
  last_ = slots_.size();
  for (Slot& slot : slots_) slot.header.clear();
}

std::optional<Bytes> VjDecompressor::uncompressed(ByteView frame) {
  if (frame.size() < kIpv4Header || frame[vj::at::kProtocol] >= slots_.size()) return wrong();
  const std::size_t index = frame[vj::at::kProtocol];
  Slot& slot = slots_[index];
  slot.header.clear();
  Bytes datagram(frame.begin(), frame.end());
  datagram[vj::at::kProtocol] = protocol::kTcp;
  const auto packet = parse(datagram);
  const auto tcp = packet ? tcp_of(*packet) : std::nullopt;
  if (!tcp || packet->version != 4 || !has_right_checksum(*packet)) return wrong();
  slot.header.assign(packet->bytes.begin(),
                     packet->bytes.begin() + static_cast<std::ptrdiff_t>(packet->header + tcp->header));
  slot.data = tcp->data.size();
  last_ = index;
  datagram.resize(packet->bytes.size());
  return datagram;
}

std::optional<Bytes> VjDecompressor::compressed(ByteView frame) {
  base::Reader in(frame);
  const std::uint8_t bits = in.u8();
  if ((bits & vj::kConnection) != 0) last_ = in.u8();
  if (!in.good()) return wrong();
  if (last_ >= slots_.size()) {
    last_ = slots_.size();
    ++counters_.tossed;
    return std::nullopt;
  }
  Slot& slot = slots_[last_];
  if (slot.header.empty()) {
    ++counters_.tossed;
    return std::nullopt;
  }
  return rebuild(slot, bits, in);
}

/// If it cannot be built, or is wrong, nothing is built upon this slot any more.
std::optional<Bytes> VjDecompressor::rebuild(Slot& slot, std::uint8_t bits, base::Reader in) {
  Bytes datagram = std::exchange(slot.header, {});
  const std::size_t header = datagram.size(), ip_header = ip_header_of(datagram);
  apply_to_tcp(MutableByteView(datagram).subspan(ip_header), bits, slot.data, in);
  add16(datagram, vj::at::kIdentification, (bits & vj::kIdentification) != 0 ? read_difference(in) : 1U);
  const ByteView data = in.take_all();
  if (!in.good() || header + data.size() > 0xFFFF) return wrong();
  datagram.insert(datagram.end(), data.begin(), data.end());
  put16(datagram, vj::at::kTotal, static_cast<std::uint16_t>(datagram.size()));
  set_header_checksum(MutableByteView(datagram).first(ip_header));
  const auto packet = parse(datagram);
  if (!packet || !has_right_checksum(*packet)) return wrong();
  slot.header.assign(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(header));
  slot.data = data.size();
  ++counters_.rebuilt;
  return datagram;
}

}  // namespace serialtcp::ip
