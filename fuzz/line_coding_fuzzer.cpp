// Lines that do not carry all bytes: any frames arrive through each coding, in any pieces; damage ends with a frame; and
// any bytes can be decoded, searched for messages, and examined as a sweep.
#include <algorithm>

#include "input.h"
#include "wire/codec.h"
#include "wire/line_coding.h"
#include "wire/line_message.h"
#include "wire/line_sweep.h"

namespace serialtcp::fuzz {
namespace {

using namespace wire;

LineCoding coding_of(Input& input) {
  const auto mode = static_cast<LineMode>(input.u8() % 4);
  LineCoding coding{mode, {}};
  if (mode != LineMode::escaped) return coding;
  for (std::size_t count = 1 + input.u8() % kMostEscaped; count > 0; --count) coding.avoided.set(input.u8());
  return coding;
}

void expect_round_trip(const LineCoding& coding, ByteView raw, std::size_t piece) {
  LineEncoder encoder(coding);
  LineDecoder decoder(coding);
  Bytes line;
  for (ByteView rest = raw; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size())))
    encoder.encode(rest.first(std::min(piece, rest.size())), line);
  demand(std::ranges::none_of(line, [&](Byte byte) { return coding.avoided[byte]; }),
         "no avoided value is sent");
  Bytes back;
  for (ByteView rest = line; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size())))
    decoder.decode(rest.first(std::min(piece, rest.size())), back);
  demand(std::ranges::equal(back, raw), "frames arrive as they were sent");
}

void run(Input input) {
  const LineCoding coding = coding_of(input);
  const std::size_t piece = 1 + input.u8();
  const Bytes content = input.bytes(input.u8());
  Encoder encoder;
  Bytes raw;
  encoder.append(content, raw, Coding::minimal);
  encoder.append_end(FrameEnd::plain, raw);
  expect_round_trip(coding, raw, piece);

  const Bytes noise = input.bytes(2000);
  LineDecoder decoder(coding);
  Bytes back;
  decoder.decode(noise, back);
  demand(back.size() <= 2 * noise.size(), "noise does not grow");
  LineSplitter splitter;
  std::size_t data = 0;
  for (ByteView rest = noise; const auto item = splitter.next(rest);) {
    data += item->data.size();
    if (item->message)
      demand(write_line_message(*item->message).size() <= kMaxLineMessage, "a message can be written");
  }
  demand(data <= noise.size(), "nothing is made up");
  const ByteSet good = arrived(noise);
  demand(changes(noise, ~good).size() <= noise.size(), "what has happened is in the sweep");
  static_cast<void>(coding_for(to_avoid(good)));
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::run({data, size});
  return 0;
}
