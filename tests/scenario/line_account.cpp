#include "line_account.h"

#include <cstdio>

#include "wire/check_value.h"
#include "wire/chunk.h"
#include "wire/frame.h"

namespace serialtcp::test {

LineAccount::LineAccount(World& world) : world_(world), since_(world.now()) {
  world.pair().set_tap([this](End to, Bytes& bytes, Time) { arrived(to, bytes); });
}

void LineAccount::arrived(End to, ByteView bytes) {
  Direction& direction = to_[index(to)];
  std::size_t& of_frame = of_frame_[index(to)];
  direction.wire += bytes.size();
  while (!bytes.empty()) {
    const std::size_t before = bytes.size();
    const auto found = decoders_[index(to)].next(bytes);
    of_frame += before - bytes.size();
    if (!found) continue;
    count(direction, *found, std::exchange(of_frame, 0));
  }
}

void LineAccount::count(Direction& direction, const wire::Decoder::Found& found, std::size_t on_wire) {
  direction.ends += on_wire - found.body.size();
  if (found.body.size() <= wire::kCheckSize) return;
  ++direction.frames;
  direction.checks += wire::kCheckSize;
  base::Reader in(found.body.first(found.body.size() - wire::kCheckSize));
  if (!wire::read_header(in)) return;
  direction.headers += found.body.size() - wire::kCheckSize - in.size();
  ByteView body = in.rest();
  if (found.end == wire::FrameEnd::with_ack) wire::take_ack(body);
  direction.acks += in.size() - body.size();
  base::Reader chunks(body);
  std::size_t payload = 0;
  std::size_t checks = 0;
  while (!chunks.empty()) {
    const auto chunk = wire::read_chunk(chunks);
    if (!chunk) break;
    const auto* const data = std::get_if<wire::chunk::Data>(&*chunk);
    if (data == nullptr) continue;
    payload += data->bytes.size();
    if (data->part == 0) continue;
    checks += data->bytes.size() / (data->part + wire::kCheckSize) * wire::kCheckSize;
  }
  direction.payload += payload - checks;
  direction.parts += checks;
  direction.heads += body.size() - payload;
}

std::string LineAccount::describe() const {
  std::string text;
  const double seconds = to_seconds(world_.now() - since_);
  const double all = seconds * world_.line_rate();
  for (const End end : {End::b, End::a}) {
    const Direction& d = to(end);
    const auto part = [&](auto bytes) { return 1000 * static_cast<double>(bytes) / all; };
    std::array<char, 256> line;
    std::snprintf(
        line.data(), line.size(),
        "to %c: %.3f s, %lu frames; of 1000: payload %.1f headers %.2f chunks %.2f acks %.2f checks %.2f parts %.2f "
        "ends and escapes %.2f idle %.2f\n",
        end == End::a ? 'a' : 'b', seconds, static_cast<unsigned long>(d.frames), part(d.payload),
        part(d.headers), part(d.heads), part(d.acks), part(d.checks), part(d.parts), part(d.ends),
        part(all - static_cast<double>(d.wire)));
    text += line.data();
  }
  return text;
}

}  // namespace serialtcp::test
