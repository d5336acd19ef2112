#include "ip/vj_compressor.h"

#include <algorithm>

#include "ip/big_endian.h"
#include "ip/checksum.h"

namespace serialtcp::ip {
namespace {

/// Of the 32-bit differences, the largest that can be sent.
constexpr std::uint32_t kMaxDifference = 0xFFFF;

bool is_compressible(const Packet& packet, const Tcp& tcp) {
  constexpr unsigned kEnds = tcp_flag::kSyn | tcp_flag::kFin | tcp_flag::kRst | tcp_flag::kAck;
  return packet.version == 4 && !packet.is_fragment && (tcp.flags & kEnds) == tcp_flag::kAck &&
         has_right_checksum(packet);
}

ByteView header_of(const Packet& packet, const Tcp& tcp) {
  return packet.bytes.first(packet.header + tcp.header);
}

std::size_t ip_header_size(ByteView header) {
  return (header[0] & 0x0FU) * std::size_t{4};
}

/// The addresses and the ports.
bool is_same_connection(ByteView header, const Packet& packet) {
  return !header.empty() && std::ranges::equal(header.subspan(12, 8), packet.bytes.subspan(12, 8)) &&
         std::ranges::equal(header.subspan(ip_header_size(header), 4), packet.payload.first(4));
}

/// The header without what a compressed packet can say.
Bytes unnamed_part(ByteView header) {
  Bytes rest(header.begin(), header.end());
  const MutableByteView tcp = MutableByteView(rest).subspan(ip_header_size(header));
  for (const std::size_t at : {vj::at::kTotal, vj::at::kIdentification, vj::at::kHeaderChecksum})
    put16(rest, at, 0);
  for (const std::size_t at : {vj::at::kWindow, vj::at::kChecksum, vj::at::kUrgent}) put16(tcp, at, 0);
  for (const std::size_t at : {vj::at::kSequence, vj::at::kAcknowledgement}) put32(tcp, at, 0);
  tcp[vj::at::kFlags] &= static_cast<Byte>(~vj::kNamedFlags);
  return rest;
}

/// 1 to 255 in one byte, all else in three.
void append_difference(std::uint16_t value, Bytes& out) {
  if (value == 0 || value > 0xFF) {
    out.push_back(0);
    out.push_back(static_cast<Byte>(value >> 8U));
  }
  out.push_back(static_cast<Byte>(value));
}

}  // namespace

VjCompressor::VjCompressor(unsigned slots, bool omit_connection)
    : slots_(slots), omit_connection_(omit_connection), last_(slots) {
  CHECK(slots >= 1 && slots <= vj::kMaxSlots);
}

VjCompressor::Packed VjCompressor::compress(ByteView datagram) {
  Packed packed{.bytes = {datagram.begin(), datagram.end()}};
  const auto packet = parse(datagram);
  const auto tcp = packet ? tcp_of(*packet) : std::nullopt;
  if (!tcp || !is_compressible(*packet, *tcp)) return packed;

  const std::size_t index = slot_of(*packet);
  Slot& slot = slots_[index];
  const State truth = state_of(slot, *packet, *tcp);
  const auto change = slot.header.empty() ? std::nullopt : change_of(slot, *packet, *tcp);
  if (!change || would_deceive(slot, *change, truth)) {
    packed.kind = VjKind::uncompressed;
    packed.bytes[vj::at::kProtocol] = static_cast<Byte>(index);
  } else {
    packed.kind = VjKind::compressed;
    packed.bytes.clear();
    const bool omit = may_omit_connection(index, *change, truth);
    packed.bytes.push_back(omit ? change->bits : change->bits | vj::kConnection);
    if (!omit) packed.bytes.push_back(static_cast<Byte>(index));
    append_change(*change, get16(packet->payload, vj::at::kChecksum), packed.bytes);
    packed.bytes.insert(packed.bytes.end(), tcp->data.begin(), tcp->data.end());
  }
  const ByteView header = header_of(*packet, *tcp);
  slot.header.assign(header.begin(), header.end());
  slot.past[slot.packets++ % kHistory] = {truth, static_cast<std::uint32_t>(tcp->data.size())};
  last_ = index;
  return packed;
}

std::size_t VjCompressor::slot_of(const Packet& packet) {
  auto slot =
      std::ranges::find_if(slots_, [&](const Slot& one) { return is_same_connection(one.header, packet); });
  if (slot == slots_.end()) {
    slot = std::ranges::min_element(slots_, {}, &Slot::used);
    slot->header.clear();
  }
  slot->used = ++uses_;
  return static_cast<std::size_t>(slot - slots_.begin());
}

VjCompressor::State VjCompressor::state_of(const Slot& slot, const Packet& packet, const Tcp& tcp) {
  const Bytes unnamed = unnamed_part(header_of(packet, tcp));
  State state{.sequence = tcp.sequence,
              .acknowledgement = tcp.acknowledgement,
              .window = tcp.window,
              .urgent = tcp.urgent};
  state.rest = Checksum()
                   .add(packet.source.bytes)
                   .add(packet.destination.bytes)
                   .add(ByteView(unnamed).subspan(packet.header))
                   .folded();
  if (slot.packets == 0) return state;
  const bool is_same = !slot.header.empty() && unnamed_part(slot.header) == unnamed;
  state.edition = slot.newest().state.edition + (is_same ? 0 : 1);
  return state;
}

std::uint16_t VjCompressor::State::sum() const {
  const std::uint16_t sum =
      Checksum().add(sequence).add(acknowledgement).add(window).add(urgent).add(rest).folded();
  return sum == 0xFFFF ? 0 : sum;
}

std::optional<VjCompressor::Change> VjCompressor::change_of(const Slot& slot, const Packet& packet,
                                                            const Tcp& tcp) {
  const ByteView header = header_of(packet, tcp);
  if (unnamed_part(slot.header) != unnamed_part(header)) return std::nullopt;
  const State& before = slot.newest().state;
  Change change{.sequence = tcp.sequence - before.sequence,
                .acknowledgement = tcp.acknowledgement - before.acknowledgement,
                .window = static_cast<std::uint16_t>(tcp.window - before.window)};
  change.identification = static_cast<std::uint16_t>(get16(header, vj::at::kIdentification) -
                                                     get16(slot.header, vj::at::kIdentification));
  if ((tcp.flags & tcp_flag::kUrg) != 0) {
    change.urgent = tcp.urgent;
  } else if (tcp.urgent != before.urgent) {
    return std::nullopt;
  }
  if (change.sequence > kMaxDifference || change.acknowledgement > kMaxDifference) return std::nullopt;
  if (!set_bits(change, slot.newest().data, tcp.data.size())) return std::nullopt;
  if ((tcp.flags & tcp_flag::kPsh) != 0) change.bits |= vj::kPush;
  if (change.identification != 1) change.bits |= vj::kIdentification;
  return change;
}

/// False: the packet must be sent uncompressed.
bool VjCompressor::set_bits(Change& change, std::size_t data_before, std::size_t data) {
  if (change.sequence != 0) change.bits |= vj::kSequence;
  if (change.acknowledgement != 0) change.bits |= vj::kAcknowledgement;
  if (change.window != 0) change.bits |= vj::kWindow;
  if (change.urgent) change.bits |= vj::kUrgent;
  switch (change.bits) {
    case 0:
      // Data after an acknowledgement. Else it is sent once more: the receiver may have lost the difference before.
      return data > 0 && data_before == 0;
    case vj::kEchoed:
    case vj::kTransfer:
      return false;  // what these mean is another thing
    case vj::kSequence | vj::kAcknowledgement:
      if (change.sequence == change.acknowledgement && change.sequence == data_before)
        change.bits = vj::kEchoed;
      return true;
    case vj::kSequence:
      if (change.sequence == data_before) change.bits = vj::kTransfer;
      return true;
    default:
      return true;
  }
}

void VjCompressor::append_change(const Change& change, std::uint16_t checksum, Bytes& out) {
  out.push_back(static_cast<Byte>(checksum >> 8U));
  out.push_back(static_cast<Byte>(checksum));
  const std::uint8_t of_tcp = change.bits & vj::kAllOfTcp;
  if (of_tcp != vj::kEchoed && of_tcp != vj::kTransfer) {
    if (change.urgent) append_difference(*change.urgent, out);
    if (change.window != 0) append_difference(change.window, out);
    if (change.acknowledgement != 0)
      append_difference(static_cast<std::uint16_t>(change.acknowledgement), out);
    if (change.sequence != 0) append_difference(static_cast<std::uint16_t>(change.sequence), out);
  }
  if (change.identification != 1) append_difference(change.identification, out);
}

VjCompressor::State VjCompressor::Change::applied_to(const Past& past) const {
  State state = past.state;
  const std::uint8_t of_tcp = bits & vj::kAllOfTcp;
  if (of_tcp == vj::kEchoed || of_tcp == vj::kTransfer) {
    state.sequence += past.data;
    if (of_tcp == vj::kEchoed) state.acknowledgement += past.data;
    return state;
  }
  state.sequence += sequence;
  state.acknowledgement += acknowledgement;
  state.window = static_cast<std::uint16_t>(state.window + window);
  state.urgent = urgent.value_or(state.urgent);
  return state;
}

bool VjCompressor::would_deceive(const Slot& slot, const Change& change, const State& truth) {
  return std::ranges::any_of(slot.known(), [&](const Past& one) {
    const State made = change.applied_to(one);
    return made != truth && made.sum() == truth.sum();
  });
}

bool VjCompressor::may_omit_connection(std::size_t index, const Change& change, const State& truth) const {
  if (!omit_connection_ || index != last_) return false;
  // The packet that named the connection may be lost, too: then another slot is the last one for the receiver.
  return std::ranges::none_of(slots_, [&](const Slot& slot) {
    return &slot != &slots_[index] && std::ranges::any_of(slot.known(), [&](const Past& one) {
      return change.applied_to(one).sum() == truth.sum();
    });
  });
}

}  // namespace serialtcp::ip
