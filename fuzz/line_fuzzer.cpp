// The formats of the line: arbitrary bytes give the same frames however they are divided; a chunk, an ack or
// a header that was read can be written, and then reads the same; every frame survives encoding and decoding.
#include <array>
#include <variant>
#include <vector>

#include "input.h"
#include "wire/chunk.h"
#include "wire/codec.h"
#include "wire/forwarding.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::fuzz {
namespace {

struct Frame {
  wire::FrameEnd end;
  Bytes body;
  std::size_t dropped;
  bool operator==(const Frame&) const = default;
};

void decode(wire::Decoder& decoder, ByteView bytes, std::vector<Frame>& frames) {
  while (const auto found = decoder.next(bytes)) {
    demand(found->body.size() <= limits::kMaxFrame, "a frame is no longer than the limit");
    demand(!found->overlong || found->body.empty(), "of an overlong frame nothing is handed out");
    frames.push_back({found->end, Bytes(found->body.begin(), found->body.end()), found->dropped});
  }
}

template <class Kind>
Bytes written(const Kind& chunk) {
  std::array<Byte, limits::kMaxFrame + wire::kMaxChunkHead> buffer;
  base::Writer writer(buffer);
  wire::write_chunk(chunk, writer);
  return {writer.written().begin(), writer.written().end()};
}

Bytes written(const wire::chunk::Data& data) {
  std::array<Byte, wire::kMaxOpen> buffer;
  base::Writer writer(buffer);
  if (data.packing == wire::Packing::packed) wire::write_packed_mark(writer);
  if (data.begins) wire::write_datagram_mark(*data.begins, writer);
  wire::write_data_head(data.stream, data.offset, static_cast<std::uint32_t>(data.bytes.size()), writer);
  Bytes bytes(writer.written().begin(), writer.written().end());
  bytes.insert(bytes.end(), data.bytes.begin(), data.bytes.end());
  return bytes;
}

Bytes written(const wire::chunk::Unknown&) {
  return {0x7F, 0x00};
}

void check_chunk(const wire::Chunk& chunk) {
  const Bytes bytes = std::visit([](const auto& kind) { return written(kind); }, chunk);
  base::Reader in(bytes);
  const auto again = wire::read_chunk(in);
  demand(again && in.empty() && again->index() == chunk.index(), "a chunk reads as it was written");
  const Bytes twice = std::visit([](const auto& kind) { return written(kind); }, *again);
  demand(twice == bytes, "a chunk is written the same again");
}

void check_ack(ByteView body) {
  const std::size_t before = body.size();
  const ByteView whole = body;
  const auto ack = wire::take_ack(body);
  if (!ack) return;
  std::array<Byte, 64> buffer;
  base::Writer writer(buffer);
  wire::write_ack(*ack, writer);
  demand(writer.size() == before - body.size(), "an ack is as long as what was read");
  demand(std::ranges::equal(writer.written(), whole.last(writer.size())), "an ack is written as it was read");
}

void parse(ByteView body) {
  if (body.empty()) return;
  base::Reader hello_in(body.subspan(1));
  wire::read_hello(hello_in);
  base::Reader in(body);
  if (const auto header = wire::read_header(in)) wire::full_number(*header, body.size());
  check_ack(body);
  base::Reader chunks(body);
  while (!chunks.empty()) {
    const auto chunk = wire::read_chunk(chunks);
    if (!chunk) break;
    check_chunk(*chunk);
  }
}

void check_decoding(Input input) {
  wire::Decoder whole;
  wire::Decoder pieces;
  std::vector<Frame> from_whole;
  std::vector<Frame> from_pieces;
  Bytes all;
  while (!input.empty()) {
    Bytes piece = input.bytes(input.u8() % 32U);
    all.insert(all.end(), piece.begin(), piece.end());
    decode(pieces, piece, from_pieces);
  }
  decode(whole, all, from_whole);
  demand(from_whole == from_pieces, "the same frames however the bytes are cut");
  demand(whole.pending() == pieces.pending(), "as many bytes wait for an end");
  for (const Frame& frame : from_whole) parse(frame.body);
  parse(ByteView(all).first(std::min(all.size(), limits::kMaxFrame)));
}

/// However the bytes are divided, the same preface is collected, and no byte after it.
template <typename Read>
void check_preface(Input input, std::size_t head, Read read) {
  wire::Collected collected(head);
  Bytes all;
  while (collected.missing() > 0 && !input.empty()) {
    const Bytes piece = input.bytes(1 + (input.u8() % std::min<std::size_t>(collected.missing(), 255)));
    collected.add(piece);
    all.insert(all.end(), piece.begin(), piece.end());
  }
  demand(collected.bytes() == all, "what is collected is what came");
  demand(all.size() <= head + wire::kMaxAddress, "no more is asked for than the longest preface has");
  const auto value = read(all);
  demand(!value || collected.missing() == 0, "a whole preface has nothing missing");
  demand(!value || read(wire::preface(*value)) == value, "a preface reads as it was written");
}

void check_round_trip(Input input) {
  wire::Encoder encoder;
  Bytes wire;
  std::vector<Frame> sent;
  while (!input.empty()) {
    const Byte choice = input.u8();
    const Bytes raw = input.bytes(input.u8());
    const auto coding = (choice & 1U) != 0 ? wire::Coding::doubled : wire::Coding::minimal;
    const auto end = (choice & 2U) != 0 ? wire::FrameEnd::with_ack : wire::FrameEnd::plain;
    for (std::size_t taken = 0; taken < raw.size();) {
      Bytes room(2U + (input.u8() % 16U));
      const auto done = encoder.encode(ByteView(raw).subspan(taken), room, coding);
      demand(done.filled > 0 && done.filled <= room.size(), "two bytes of room are enough to go on");
      taken += done.taken;
      wire.insert(wire.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(done.filled));
    }
    encoder.append_end(end, wire);
    sent.push_back({end, raw, 0});
  }
  wire::Decoder decoder;
  std::vector<Frame> found;
  decode(decoder, wire, found);
  demand(found == sent, "every frame comes back from its coding");
}

}  // namespace
}  // namespace serialtcp::fuzz

namespace wire = serialtcp::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::check_decoding({data, size});
  serialtcp::fuzz::check_round_trip({data, size});
  serialtcp::fuzz::check_preface({data, size}, wire::Forward::kHead, wire::read_forward);
  serialtcp::fuzz::check_preface({data, size}, wire::Listen::kHead, wire::read_listen);
  serialtcp::fuzz::check_preface({data, size}, wire::Forwarded::kHead, wire::read_forwarded);
  serialtcp::fuzz::check_preface({data, size}, 0, wire::read_answer);
  return 0;
}
