// A peer with correct hellos, on a sealed link with the right key, that sends frames with correct check
// values or seals and arbitrary contents. The endpoint may end the link at any time; nothing else may happen
// to it.
#include "../tests/unit/fake_peer.h"
#include "verbs.h"
#include "wire/parts.h"

namespace serialtcp::fuzz {
namespace {

using test::operator+;

// Frames of the endpoint's that are kept, for a peer that refers to them.
constexpr std::size_t kMostHeard = 32;

wire::WireStream stream(Input& input) {
  const Byte byte = input.u8();
  return {byte & 7U, (byte & 8U) != 0 ? wire::OpenedBy::receiver : wire::OpenedBy::sender};
}

/// Of a frame that the endpoint has just sent, or of another; right, or nearly so.
wire::chunk::Candidate candidate(Input& input, const test::FakePeer& peer) {
  const Byte choice = input.u8();
  const std::size_t heard = peer.heard().size();
  if ((choice & 1U) != 0 || heard == 0) return {static_cast<std::uint16_t>(input.u16()), input.u32()};
  const test::HeardFrame& frame = peer.heard()[heard - 1 - std::min<std::size_t>(choice >> 2, heard - 1)];
  return {static_cast<std::uint16_t>(frame.number), frame.fingerprint + (choice & 2U)};
}

/// A chunk that is valid alone, perhaps not at this point.
Bytes sensible_chunk(Input& input, const test::FakePeer& peer) {
  namespace chunk = wire::chunk;
  switch (input.u8() % 13) {
    case 0: {
      chunk::Open open{input.u8() & 7U, input.u8(), ServiceId{input.u8()}};
      if (open.generation % 2 == 1) open.kind = StreamKind::datagrams;
      return test::chunk_bytes(open);
    }
    case 1:
      return test::chunk_bytes(chunk::Fin{stream(input), input.u16() & 0x3FFFU});
    case 2:
      return test::chunk_bytes(chunk::Reset{stream(input), ResetReason::aborted});
    case 3:
      return test::chunk_bytes(chunk::Credit{stream(input), input.u16()});
    case 4:
      return test::chunk_bytes(chunk::Release{input.u8() & 7U, input.u8()});
    case 6: {
      const Byte parts = input.u8();
      const Bytes names = input.bytes(input.u8() & 31U);
      return test::chunk_bytes(chunk::Services{static_cast<std::uint8_t>(parts >> 4),
                                               static_cast<std::uint8_t>(parts & 15U), names});
    }
    case 5:
      return test::data_bytes(stream(input), {}, Bytes(input.u8()));
    case 7:
      return Bytes{0x06} + test::data_bytes(stream(input), {}, input.bytes(input.u8()));
    case 8: {
      // The continuation of a datagram, or of nothing.
      const wire::WireOffset offset = wire::long_offset(input.u8());
      return test::data_bytes(stream(input), offset, Bytes(input.u8()));
    }
    case 9: {
      const wire::WireOffset offset = wire::long_offset(input.u8());
      return test::datagram_bytes(stream(input), input.u16(), offset, Bytes(input.u8()));
    }
    case 10:
      return test::chunk_bytes(candidate(input, peer));
    case 11:
      return test::chunk_bytes(
          chunk::Confirmed{static_cast<std::uint16_t>(peer.last_number() - (input.u8() & 7U))});
    default:
      return test::data_bytes(stream(input), wire::WireOffset{input.u16() & 0x7FFFU, 15}, Bytes(input.u8()));
  }
}

wire::Ack ack(Input& input, const test::FakePeer& peer) {
  wire::Ack ack = peer.ack_all();
  const Byte choice = input.u8();
  if ((choice & 1U) != 0) ack.largest = (ack.largest - (choice >> 5)) & 0xFFFFU;
  if ((choice & 2U) != 0) ack.arrival = input.u16() * 97U;
  ack.damaged = (choice & 4U) != 0;
  ack.more = (choice & 8U) != 0;
  ack.gap_count = (choice & 16U) != 0 ? input.u8() % (limits::kMaxAckRanges + 1) : 0;
  for (std::size_t i = 0; i < ack.gap_count; ++i) ack.gaps[i] = {input.u8(), input.u8()};
  // Of frames that were never sent.
  if ((choice & 64U) != 0) ack.largest = (ack.largest + input.u8()) & 0xFFFFU;
  // The brief form has only six bits.
  if (choice == 128U) {
    const std::uint32_t largest = ack.largest & 0x3FU;
    ack = {};
    ack.brief = true;
    ack.largest = largest;
  }
  return ack;
}

void say(Input& input, test::FakePeer& peer) {
  const Byte choice = input.u8();
  Bytes chunks;
  for (int i = choice & 3; i >= 0; --i) chunks = chunks + sensible_chunk(input, peer);
  if ((choice & 4U) != 0) chunks = chunks + input.bytes(choice);
  std::optional<wire::Ack> said;
  if ((choice & 8U) != 0) said = ack(input, peer);
  if ((choice & 32U) != 0) peer.damage_next(input.u8(), static_cast<Byte>(1U << (choice >> 6)));
  peer.say(chunks, said, (choice & 16U) != 0);
}

/// A frame in parts, which arrives in two pieces, perhaps damaged. With fewer bytes in a part than there may be, too.
void say_divided(Input& input, test::FakePeer& peer) {
  const wire::WireStream of = stream(input);
  const wire::WireOffset offset{input.u16() & 0x7FFFU, wire::kShortOffsetBits};
  const std::size_t part = (1U + (input.u8() & 15U)) * wire::kPartUnit;
  const std::size_t size = input.u8() * 8U;
  Bytes wire = peer.on_wire(peer.divided({}, of, offset, Bytes(size, input.u8()), part));
  const std::size_t cut = input.u16() % wire.size();
  const Byte damage = input.u8();
  wire[(cut + damage) % wire.size()] ^= damage & 0x88U;
  peer.feed(ByteView(wire).first(cut));
  peer.feed(ByteView(wire).subspan(cut));
}

/// Until the link is up again: after false acks the endpoint may consider the line very slow, and its hello
/// then takes long.
bool connect_again(test::FakePeer& peer) {
  peer.hello.session.value += 1;
  for (int patience = 30; patience > 0; --patience) {
    peer.run_for(std::chrono::seconds(1), std::chrono::milliseconds(100));
    if (peer.connect()) return true;
  }
  return false;
}

void run(Input input) {
  EndpointConfig config;
  config.role = Role::server;
  const std::uint32_t choice = input.u16();
  config.nominal_rate = 1U + (choice & 0x7FFFU) * 100U;
  config.max_streams = 6;
  if ((choice & 0x8000U) != 0) config.key = shared_key();
  Endpoint endpoint(config, Entropy{1});
  test::FakePeer peer(endpoint, Time{} + std::chrono::hours(1), config.key);
  Verbs verbs(endpoint);
  peer.hello.initial_credit = input.u8() * 256U;
  if ((choice & 1U) != 0) peer.hello.features.add(wire::Feature::parts);
  demand(peer.connect(), "a correct hello brings the link up");
  // A frame that was cut off in the middle cannot be read.
  bool unbroken = true;
  while (!input.empty()) {
    const Byte what = input.u8();
    switch (what % 8) {
      case 0:
      case 1:
      case 2:
        say(input, peer);
        break;
      case 3:
        if ((what & 0x40U) != 0) {
          say_divided(input, peer);
          break;
        }
        peer.say_raw(input.bytes(what),
                     (what & 0x80U) != 0 ? wire::FrameEnd::with_ack : wire::FrameEnd::plain);
        break;
      case 4:
        verbs.act(input, peer.now());
        break;
      case 5:
        peer.run_for(std::chrono::milliseconds(1 + what / 8), std::chrono::milliseconds(1));
        break;
      case 6:
        peer.listen(1U + what);
        break;
      default:
        if ((what & 0x80U) != 0) peer.skip_numbers(input.u32());
        if ((what & 0x40U) != 0) {
          endpoint.line_restored(peer.now());
          unbroken = false;
        }
        if ((what & 0x20U) != 0) peer.acknowledge();
        break;
    }
    verbs.drain();
    verbs.check();
    if (peer.heard().size() > kMostHeard) peer.forget_heard();
    if (!endpoint.link_up()) {
      unbroken = false;
      demand(connect_again(peer), "after a broken link another one comes up");
    }
    demand(!unbroken || peer.unreadable_heard() + peer.overlong_heard() == 0,
           "the endpoint itself speaks correctly");
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::run({data, size});
  return 0;
}
