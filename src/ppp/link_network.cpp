// The network layer of a PppLink: datagrams in both directions, compressed headers, and what follows from IPCP and IPV6CP.
#include <algorithm>
#include <string>

#include "ppp/link.h"
#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

constexpr std::string_view kTwoOfOurs =
    "Two serialtcp face each other in PPP mode, and both give IP addresses: use the service ip of a link between two "
    "serialtcp, or let one of them ask for its address.";

}  // namespace

// ---- datagrams ----

void PppLink::send(ByteView datagram, Time) {
  const unsigned version = datagram.empty() ? 0 : datagram[0] >> 4U;
  const bool open = version == 4 ? ipcp_.is_open() : version == 6 && ipv6cp_.is_open();
  if (!up_ || !open || datagram.size() > addresses().mtu || outbox_.size() > limits::kMaxPending) {
    ++dropped_;
    return;
  }
  if (version == 4) return send_ipv4(datagram);
  send_frame(protocol::kIpv6, datagram);
}

void PppLink::send_ipv4(ByteView datagram) {
  if (!compressor_) return send_frame(protocol::kIpv4, datagram);
  const ip::VjCompressor::Packed packed = compressor_->compress(datagram);
  switch (packed.kind) {
    case ip::VjKind::ip:
      return send_frame(protocol::kIpv4, packed.bytes);
    case ip::VjKind::uncompressed:
      return send_frame(protocol::kVjUncompressed, packed.bytes);
    case ip::VjKind::compressed:
      return send_frame(protocol::kVjCompressed, packed.bytes);
  }
}

void PppLink::hear_network(const Frame& frame, Time now) {
  if (ControlProtocol* const control = network_protocol(frame.protocol)) {
    return control->receive(frame.information, now);
  }
  switch (frame.protocol) {
    case protocol::kIpv4:
      return hear_datagram(frame.information, ipcp_.is_open());
    case protocol::kIpv6:
      if (!config_.ipv6) return reject_protocol(frame);
      return hear_datagram(frame.information, ipv6cp_.is_open());
    case protocol::kVjUncompressed:
    case protocol::kVjCompressed:
      return decompressor_ ? hear_compressed(frame) : reject_protocol(frame);
    default:
      return reject_protocol(frame);
  }
}

void PppLink::hear_compressed(const Frame& frame) {
  const bool compressed = frame.protocol == protocol::kVjCompressed;
  if (const auto datagram = compressed ? decompressor_->compressed(frame.information)
                                       : decompressor_->uncompressed(frame.information)) {
    hear_datagram(*datagram, ipcp_.is_open());
  }
}

void PppLink::hear_datagram(ByteView datagram, bool open) {
  if (!open || datagram.empty()) return;
  report({ip::LinkReport::Kind::datagram, {datagram.begin(), datagram.end()}, {}});
}

// ---- IPCP and IPV6CP ----

void PppLink::start_network(Time now) {
  network_ = true;
  ipcp_.lower_up(now);
  ipcp_.open(now);
  if (!config_.ipv6) return;
  ipv6cp_.lower_up(now);
  ipv6cp_.open(now);
}

void PppLink::end_if_useless(std::string_view why, Time now) {
  const auto hopeless = [](const ControlProtocol& one) { return one.state() < State::req_sent; };
  update_up(why);
  if (lcp_.is_open() && hopeless(ipcp_) && hopeless(ipv6cp_)) end(why, now);
}

void PppLink::set_compression() {
  compressor_.reset();
  decompressor_.reset();
  if (!ipcp_.is_open()) return;
  const IpcpOptions::Compression& sends = ipcp_options_.sends();
  const IpcpOptions::Compression& receives = ipcp_options_.receives();
  if (sends.used) compressor_.emplace(std::min(sends.last_slot + 1U, ip::vj::kMaxSlots), sends.omits_slot);
  if (receives.used) decompressor_.emplace(receives.last_slot + 1U);
}

void PppLink::update_up(std::string_view why) {
  const bool ipv4 = ipcp_.is_open();
  const bool ipv6 = ipv6cp_.is_open();
  const bool waits_for_ipv4 = !up_ && !ipv4 && ipcp_.state() >= State::req_sent;
  const bool up = network_ && (ipv4 || (ipv6 && !waits_for_ipv4));
  const bool tell = up && (!up_ || ipv4 != had_ipv4_ || ipv6 != had_ipv6_);
  if (up_ && !up) report({ip::LinkReport::Kind::down, {}, "The PPP link is down: " + std::string(why) + "."});
  up_ = up;
  if (!tell) return;
  had_ipv4_ = ipv4;
  had_ipv6_ = ipv6;
  noted_.clear();
  report({ip::LinkReport::Kind::up, {}, {}});
}

ip::LinkAddresses PppLink::addresses() const {
  ip::LinkAddresses all;
  all.mtu = std::min(lcp_options_.peers().mru, limits::kDefaultMru);
  if (ipcp_.is_open()) {
    all.ours = ipcp_options_.ours();
    all.peers = ipcp_options_.peers();
  }
  if (ipv6cp_.is_open()) {
    all.our_id = ipv6cp_options_.ours();
    all.peer_id = ipv6cp_options_.peers();
  }
  return all;
}

ControlProtocol* PppLink::network_protocol(std::uint16_t protocol) {
  if (protocol == protocol::kIpcp) return &ipcp_;
  return protocol == protocol::kIpv6cp && config_.ipv6 ? &ipv6cp_ : nullptr;
}

void PppLink::note_dispute() {
  const bool kin = ipcp_options_.both_give() && lcp_options_.peer_is_kin();
  if (const std::string text = ipcp_options_.dispute(); !text.empty()) note(kin ? kTwoOfOurs : text);
}

}  // namespace serialtcp::ppp
