#include "ip/slip_link.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ip/packet.h"

namespace serialtcp::ip {
namespace {

constexpr Byte kCompressed = 0x80, kUncompressed = 0x70, kVersion4 = 0x40, kHigh = 0xF0;

/// As VjDecompressor wants it: a version, or no bit of SLIP.
Bytes without_kind(ByteView contents) {
  Bytes frame(contents.begin(), contents.end());
  if (slip_kind(frame[0]) == VjKind::compressed) {
    frame[0] &= static_cast<Byte>(~kCompressed);
  } else {
    frame[0] = static_cast<Byte>((frame[0] & ~kHigh) | kVersion4);
  }
  return frame;
}

}  // namespace

VjKind slip_kind(Byte first) {
  if ((first & kCompressed) != 0) return VjKind::compressed;
  return (first & kHigh) == kUncompressed ? VjKind::uncompressed : VjKind::ip;
}

bool is_slip(ByteView contents) {
  if (contents.empty()) return false;
  switch (slip_kind(contents[0])) {
    case VjKind::ip:
      return parse(contents).has_value();
    case VjKind::uncompressed:
      return VjDecompressor(vj::kMaxSlots).uncompressed(without_kind(contents)).has_value();
    case VjKind::compressed:
      break;
  }
  return false;
}

SlipLink::SlipLink(const LinkAddresses& addresses, SlipCompression compression)
    : addresses_(addresses),
      compression_(compression),
      reader_(kMaxDatagram),
      compresses_(compression == SlipCompression::on) {
  CHECK(addresses.mtu >= 1 && addresses.mtu <= kMaxDatagram);
  reports_.push_back({.kind = LinkReport::Kind::up});
}

void SlipLink::receive(ByteView bytes, Time) {
  if (!up_) return;
  while (const auto frame = reader_.next(bytes)) take_frame(*frame);
}

void SlipLink::take_frame(const SlipReader::Frame& frame) {
  if (frame.damaged) return damaged();
  switch (slip_kind(frame.bytes[0])) {
    case VjKind::ip:
      return take_packet(frame.bytes);
    case VjKind::uncompressed:
      if (auto datagram = decompressor_.uncompressed(without_kind(frame.bytes))) {
        hear_compression();
        return take_datagram(*std::move(datagram));
      }
      return damaged();
    case VjKind::compressed:
      if (auto datagram = decompressor_.compressed(without_kind(frame.bytes)))
        take_datagram(*std::move(datagram));
  }
}

void SlipLink::take_packet(ByteView bytes) {
  const auto packet = parse(bytes);
  if (!packet) return damaged();
  take_datagram({packet->bytes.begin(), packet->bytes.end()});
}

void SlipLink::take_datagram(Bytes datagram) {
  if (reports_.size() >= kMaxReports) {
    ++counters_.dropped;
    return;
  }
  ++counters_.received;
  counters_.received_bytes += datagram.size();
  reports_.push_back({.kind = LinkReport::Kind::datagram, .datagram = std::move(datagram)});
}

void SlipLink::damaged() {
  ++counters_.damaged;
  decompressor_.lost();
}

void SlipLink::hear_compression() {
  if (compresses_ || compression_ != SlipCompression::automatic) return;
  compresses_ = true;
  reports_.push_back({.kind = LinkReport::Kind::note,
                      .text = "The other end compresses headers (CSLIP), and so does this one from now on."});
}

void SlipLink::send(ByteView datagram, Time) {
  if (!up_) return;
  if (datagram.empty() || datagram.size() > addresses_.mtu || outbox_.size() >= kMaxOutbox) {
    ++counters_.dropped;
    return;
  }
  ++counters_.sent;
  counters_.sent_bytes += datagram.size();
  if (!compresses_) return append_slip_frame(datagram, outbox_.empty(), outbox_.tail());
  auto [kind, bytes] = compressor_.compress(datagram);
  if (kind == VjKind::uncompressed) bytes[0] |= kUncompressed;
  if (kind == VjKind::compressed) {
    bytes[0] |= kCompressed;
    ++counters_.compressed;
  }
  append_slip_frame(bytes, outbox_.empty(), outbox_.tail());
}

Bytes SlipLink::transmit(std::size_t room) {
  Bytes bytes(std::min(room, outbox_.size()));
  outbox_.take(bytes);
  return bytes;
}

std::optional<LinkReport> SlipLink::poll() {
  if (reports_.empty()) return std::nullopt;
  LinkReport report = std::move(reports_.front());
  reports_.pop_front();
  return report;
}

void SlipLink::close(Time, std::string_view why) {
  if (!up_) return;
  up_ = false;
  reports_.push_back({.kind = LinkReport::Kind::down, .text = "SLIP was ended: " + std::string(why) + "."});
}

}  // namespace serialtcp::ip
