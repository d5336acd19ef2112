#include "ip/header_unpacker.h"

#include "ip/big_endian.h"
#include "ip/datagram_writer.h"
#include "ip/transport_header.h"

namespace serialtcp::ip {
namespace {

namespace field = packed::field;

std::uint16_t two_bytes(base::Reader& in) {
  const unsigned high = in.u8();
  return static_cast<std::uint16_t>(high << 8U | in.u8());
}

void change32(MutableByteView bytes, std::size_t at, base::Reader& in) {
  put32(bytes, at, get32(bytes, at) + packed::unfolded(in.varint()));
}

void change16(MutableByteView bytes, std::size_t at, base::Reader& in) {
  put16(bytes, at, static_cast<std::uint16_t>(get16(bytes, at) + packed::unfolded(in.varint())));
}

void spoil(base::Reader& in) {
  static_cast<void>(in.take(in.size() + 1));
}

/// `headers` may become longer or shorter, by other options.
void change_tcp(Bytes& headers, std::size_t ip, std::uint8_t bits, base::Reader& in) {
  const MutableByteView tcp = MutableByteView(headers).subspan(ip);
  if ((bits & field::kSequence) != 0) change32(tcp, place::kSequence, in);
  if ((bits & field::kAcknowledgement) != 0) change32(tcp, place::kAcknowledgement, in);
  if ((bits & field::kWindow) != 0) change16(tcp, place::kWindow, in);
  if ((bits & field::kFlags) != 0) tcp[place::kFlags] = in.u8();
  const MutableByteView options = tcp.subspan(place::kOptions);
  if ((bits & field::kTimestamps) != 0) {
    if (!is_timestamps(options)) return spoil(in);
    change32(options, kTimestamp, in);
    change32(options, kTimestampEcho, in);
  }
  if ((bits & field::kOptions) == 0) return;
  const ByteView others = in.take(in.u8() * std::size_t{4});
  if (!in.good() || others.size() > 40) return spoil(in);
  headers.resize(ip + kTcpHeader);
  headers.insert(headers.end(), others.begin(), others.end());
  const auto words = static_cast<unsigned>((kTcpHeader + others.size()) / 4);
  Byte& offset = headers[ip + place::kOffset];
  offset = static_cast<Byte>(words << 4U | (offset & 0x0FU));
}

/// The fields that tell how long the packet is, and the checksum of IPv4.
void set_sizes(Bytes& packet, std::size_t ip, bool udp) {
  const auto whole = static_cast<std::uint16_t>(packet.size());
  const auto payload = static_cast<std::uint16_t>(packet.size() - ip);
  const MutableByteView bytes(packet);
  if (udp) put16(bytes, ip + place::kUdpSize, payload);
  if (ip == kIpv6Header) return put16(bytes, place::kV6Size, payload);
  put16(bytes, place::kV4Total, whole);
  set_header_checksum(bytes.first(ip));
}

}  // namespace

HeaderUnpacker::Unpacked HeaderUnpacker::unpack(ByteView datagram, Time now) {
  if (datagram.empty()) return malformed();
  const unsigned number = datagram[0] & 0x0FU, form = datagram[0] >> 4U;
  if (form == 4 || form == 6) return from_plain(datagram);
  switch (static_cast<packed::Form>(form)) {
    case packed::Form::anchor:
      return from_anchor(number, datagram);
    case packed::Form::packed:
      return from_packed(number, datagram, now);
    case packed::Form::missing:
      return {.missing = number};
  }
  return malformed();
}

HeaderUnpacker::Unpacked HeaderUnpacker::malformed() {
  ++counters_.malformed;
  return {};
}

HeaderUnpacker::Unpacked HeaderUnpacker::from_plain(ByteView datagram) {
  if (!parse(datagram)) return malformed();
  return {.packet = Bytes(datagram.begin(), datagram.end())};
}

HeaderUnpacker::Unpacked HeaderUnpacker::from_anchor(unsigned number, ByteView datagram) {
  if (datagram.size() < 2) return malformed();
  const ByteView whole = datagram.subspan(2);
  const auto packet = parse(whole);
  const auto headers = packet ? packable_headers(*packet) : std::nullopt;
  if (!headers) return malformed();
  Context& context = contexts_[number];
  context.anchor.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(*headers));
  context.edition = datagram[1];
  context.asked = Time::min();
  return {.packet = Bytes(packet->bytes.begin(), packet->bytes.end())};
}

HeaderUnpacker::Unpacked HeaderUnpacker::from_packed(unsigned number, ByteView datagram, Time now) {
  Context& context = contexts_[number];
  base::Reader in(datagram.subspan(1));
  const std::uint8_t edition = in.u8();
  if (!in.good()) return malformed();
  if (context.anchor.empty() || context.edition != edition) {
    ++counters_.tossed;
    if (context.asked != Time::min() && now - context.asked < kAskAgain) return {};
    context.asked = now;
    return {.answer = Bytes{static_cast<Byte>(static_cast<unsigned>(packed::Form::missing) << 4U | number)}};
  }
  auto packet = build(context.anchor, in);
  if (!packet) return malformed();
  return {.packet = std::move(packet)};
}

std::optional<Bytes> HeaderUnpacker::build(const Bytes& anchor, base::Reader in) {
  Bytes packet = anchor;
  const bool v4 = packet[0] >> 4U == 4;
  const std::size_t ip = v4 ? kIpv4Header : kIpv6Header;
  const bool udp = packet[v4 ? 9 : 6] == protocol::kUdp;
  const std::uint8_t bits = in.u8();
  const std::uint16_t checksum = two_bytes(in);
  if ((bits & field::kClass) != 0) set_traffic_class(packet, in.u8());
  if ((bits & field::kIdentification) != 0 && v4) change16(packet, place::kV4Identification, in);
  if (!udp) change_tcp(packet, ip, bits, in);
  const ByteView data = in.take_all();
  if (!in.good() || packet.size() + data.size() > 0xFFFF) return std::nullopt;
  put16(packet, ip + (udp ? place::kUdpChecksum : place::kTcpChecksum), checksum);
  packet.insert(packet.end(), data.begin(), data.end());
  set_sizes(packet, ip, udp);
  const auto built = parse(packet);
  if (!built || !packable_headers(*built)) return std::nullopt;
  return packet;
}

}  // namespace serialtcp::ip
