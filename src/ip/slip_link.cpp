#include "ip/slip_link.h"

#include <utility>

#include "base/check.h"
#include "ip/packet.h"

namespace serialtcp::ip {

SlipLink::SlipLink(const LinkAddresses& addresses) : addresses_(addresses), reader_(kMaxDatagram) {
  CHECK(addresses.mtu >= 1 && addresses.mtu <= kMaxDatagram);
  reports_.push_back({.kind = LinkReport::Kind::up});
}

void SlipLink::receive(ByteView bytes, Time) {
  if (!up_) return;
  while (const auto frame = reader_.next(bytes)) take_frame(*frame);
}

void SlipLink::take_frame(const SlipReader::Frame& frame) {
  if (frame.damaged) {
    ++counters_.damaged;
    return;
  }
  take_packet(frame.bytes);
}

void SlipLink::take_packet(ByteView bytes) {
  const auto packet = parse(bytes);
  if (!packet) {
    ++counters_.damaged;
    return;
  }
  if (reports_.size() >= kMaxReports) {
    ++counters_.dropped;
    return;
  }
  ++counters_.received;
  counters_.received_bytes += packet->bytes.size();
  reports_.push_back(
      {.kind = LinkReport::Kind::datagram, .datagram = {packet->bytes.begin(), packet->bytes.end()}});
}

void SlipLink::send(ByteView datagram, Time) {
  if (!up_) return;
  if (datagram.empty() || datagram.size() > addresses_.mtu || outbox_.size() >= kMaxOutbox) {
    ++counters_.dropped;
    return;
  }
  ++counters_.sent;
  counters_.sent_bytes += datagram.size();
  append_slip_frame(datagram, outbox_.empty(), outbox_.tail());
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
