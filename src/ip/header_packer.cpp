#include "ip/header_packer.h"

#include <algorithm>

#include "base/cursor.h"
#include "ip/big_endian.h"
#include "ip/transport_header.h"

namespace serialtcp::ip {
namespace {

namespace field = packed::field;

std::size_t ip_size(ByteView header) {
  return header[0] >> 4U == 4 ? kIpv4Header : kIpv6Header;
}

std::uint8_t protocol_in(ByteView header) {
  return header[header[0] >> 4U == 4 ? 9 : 6];
}

/// Version, protocol, addresses, ports.
bool is_of_connection(ByteView anchor, const Packet& packet) {
  if (anchor.empty() || anchor[0] >> 4U != packet.version || protocol_in(anchor) != packet.protocol)
    return false;
  const std::size_t hosts = packet.version == 4 ? place::kV4Hosts : place::kV6Hosts;
  return std::ranges::equal(anchor.subspan(hosts, packet.header - hosts),
                            packet.bytes.subspan(hosts, packet.header - hosts)) &&
         std::ranges::equal(anchor.subspan(packet.header, 4), packet.bytes.subspan(packet.header, 4));
}

/// What a packed header cannot say, with zeros in place of all else.
Bytes fixed_part(ByteView headers) {
  Bytes rest(headers.begin(), headers.end());
  const MutableByteView ip = MutableByteView(rest).first(ip_size(headers));
  const MutableByteView transport = MutableByteView(rest).subspan(ip.size());
  set_traffic_class(ip, 0);
  if (ip[0] >> 4U == 4) {
    for (const std::size_t at : {place::kV4Total, place::kV4Identification, place::kV4Checksum})
      put16(ip, at, 0);
  } else {
    put16(ip, place::kV6Size, 0);
  }
  if (protocol_in(headers) == protocol::kUdp) {
    put32(transport, place::kUdpSize, 0);
    return rest;
  }
  for (const std::size_t at : {place::kSequence, place::kAcknowledgement}) put32(transport, at, 0);
  for (const std::size_t at : {place::kWindow, place::kTcpChecksum}) put16(transport, at, 0);
  transport[place::kOffset] &= 0x0F;
  transport[place::kFlags] = 0;
  rest.resize(ip.size() + kTcpHeader);
  return rest;
}

/// The fields that differ, and which ones those are.
class Differences {
 public:
  explicit Differences(MutableByteView into) : out_(into) {}

  void number(std::uint8_t bit, std::uint32_t before, std::uint32_t now) {
    if (before == now) return;
    bits |= bit;
    out_.varint(packed::folded(now - before));
  }
  /// Of 16 bits.
  void short_number(std::uint8_t bit, std::uint16_t before, std::uint16_t now) {
    const auto difference = static_cast<std::int16_t>(static_cast<std::uint16_t>(now - before));
    number(bit, 0, static_cast<std::uint32_t>(std::int32_t{difference}));
  }
  void byte(std::uint8_t bit, std::uint8_t before, std::uint8_t now) {
    if (before == now) return;
    bits |= bit;
    out_.u8(now);
  }
  void options(ByteView before, ByteView now) {
    if (std::ranges::equal(before, now)) return;
    if (is_timestamps(before) && is_timestamps(now)) {
      bits |= field::kTimestamps;
      for (const std::size_t at : {kTimestamp, kTimestampEcho})
        out_.varint(packed::folded(get32(now, at) - get32(before, at)));
      return;
    }
    bits |= field::kOptions;
    out_.u8(static_cast<std::uint8_t>(now.size() / 4));
    out_.bytes(now);
  }
  std::size_t size() const { return out_.size(); }

  std::uint8_t bits = 0;

 private:
  base::Writer out_;
};

void compare_tcp(ByteView before, ByteView now, Differences& out) {
  out.number(field::kSequence, get32(before, place::kSequence), get32(now, place::kSequence));
  out.number(field::kAcknowledgement, get32(before, place::kAcknowledgement),
             get32(now, place::kAcknowledgement));
  out.short_number(field::kWindow, get16(before, place::kWindow), get16(now, place::kWindow));
  out.byte(field::kFlags, before[place::kFlags], now[place::kFlags]);
  out.options(before.subspan(place::kOptions), now.subspan(place::kOptions));
}

/// Fields, checksum, differences: what follows the first two bytes. Empty if they cannot say it.
std::optional<Bytes> difference(ByteView anchor, ByteView headers) {
  if (fixed_part(anchor) != fixed_part(headers)) return std::nullopt;
  const std::size_t ip = ip_size(headers);
  const ByteView before = anchor.subspan(ip), now = headers.subspan(ip);
  std::array<Byte, packed::kMostFields> room{};
  Differences fields(room);
  fields.byte(field::kClass, traffic_class(anchor), traffic_class(headers));
  if (ip == kIpv4Header) {
    fields.short_number(field::kIdentification, get16(anchor, place::kV4Identification),
                        get16(headers, place::kV4Identification));
  }
  const bool udp = protocol_in(headers) == protocol::kUdp;
  if (!udp) compare_tcp(before, now, fields);
  const std::uint16_t checksum = get16(now, udp ? place::kUdpChecksum : place::kTcpChecksum);
  Bytes out{fields.bits, static_cast<Byte>(checksum >> 8U), static_cast<Byte>(checksum)};
  out.insert(out.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(fields.size()));
  return out;
}

}  // namespace

Bytes HeaderPacker::pack(ByteView datagram) {
  const auto packet = parse(datagram);
  const auto headers =
      packet && packet->bytes.size() == datagram.size() ? packable_headers(*packet) : std::nullopt;
  if (!headers) return {datagram.begin(), datagram.end()};
  Context& context = context_of(*packet);
  context.used = ++uses_;
  if (context.anchor.empty() || ++context.packets >= kAnchorLife)
    return send_anchor(context, *packet, *headers);
  const auto fields = difference(context.anchor, datagram.first(*headers));
  // The first two bytes, too.
  if (!fields || fields->size() + 2 >= *headers) return send_anchor(context, *packet, *headers);
  Bytes out{first_byte(packed::Form::packed, context), context.edition};
  out.insert(out.end(), fields->begin(), fields->end());
  spared_ += *headers - out.size();
  out.insert(out.end(), datagram.begin() + static_cast<std::ptrdiff_t>(*headers), datagram.end());
  return out;
}

void HeaderPacker::missing(unsigned context) {
  if (context < contexts_.size()) contexts_[context].packets = kAnchorLife;
}

HeaderPacker::Context& HeaderPacker::context_of(const Packet& packet) {
  const auto same = std::ranges::find_if(
      contexts_, [&](const Context& one) { return is_of_connection(one.anchor, packet); });
  if (same != contexts_.end()) return *same;
  Context& oldest = *std::ranges::min_element(contexts_, {}, &Context::used);
  oldest.anchor.clear();
  return oldest;
}

Bytes HeaderPacker::send_anchor(Context& context, const Packet& packet, std::size_t headers) {
  context.anchor.assign(packet.bytes.begin(), packet.bytes.begin() + static_cast<std::ptrdiff_t>(headers));
  context.packets = 0;
  ++context.edition;
  Bytes out{first_byte(packed::Form::anchor, context), context.edition};
  out.insert(out.end(), packet.bytes.begin(), packet.bytes.end());
  return out;
}

Byte HeaderPacker::first_byte(packed::Form form, const Context& context) const {
  const auto number = static_cast<unsigned>(&context - contexts_.data());
  return static_cast<Byte>(static_cast<unsigned>(form) << 4U | number);
}

}  // namespace serialtcp::ip
