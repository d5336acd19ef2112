// A port that is a console for people: whatever comes in whatever rhythm, what is held is bounded and for a bounded time, and
// what people type (characters, without a line message) arrives whole and in order.
#include <algorithm>

#include "input.h"
#include "wire/peer_watch.h"

namespace serialtcp::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestPiece = 40;
constexpr std::uint64_t kRate = 11520;
/// All that is held is decided about after this time without a byte.
constexpr Duration kSilence = 2s;

bool is_typed(Byte byte) {
  constexpr Byte kEscapeKey = 0x1B;
  return (byte >= 0x20 && byte < 0x7F && byte != '_') || byte == '\r' || byte == '\n' || byte == '\t' ||
         byte == kEscapeKey;
}

/// Whether `part` is `whole` with some bytes left out. What was the beginning of a peer's frame is erased again.
bool is_within(ByteView part, ByteView whole) {
  constexpr Byte kErase = 0x7F;
  auto at = whole.begin();
  for (const Byte byte : part) {
    if (byte == kErase) continue;
    at = std::find(at, whole.end(), byte);
    if (at == whole.end()) return false;
    ++at;
  }
  return true;
}

/// Lets the time pass, and the watch decide whenever it wants to.
void pass_time(wire::PeerWatch& watch, Time& now, Duration time, Bytes& keys) {
  const Time end = now + time;
  for (int calls = 0; watch.deadline() <= end; ++calls) {
    demand(calls < 100, "what is decided stays so");
    now = std::max(now, watch.deadline());
    watch.tick(now, keys);
  }
  now = end;
}

void listen(Input& rhythm, ByteView bytes) {
  wire::PeerWatch watch(kRate);
  Time now = Time{} + 1h;
  Bytes keys;
  ByteView rest = bytes;
  while (!rest.empty() && !watch.found()) {
    pass_time(watch, now, std::min<Duration>(rhythm.duration(), kSilence), keys);
    watch.hear(take_piece(rest, &rhythm, kLongestPiece), now, keys);
  }
  const ByteView heard = bytes.first(bytes.size() - rest.size());
  if (!watch.found()) pass_time(watch, now, kSilence, keys);
  if (watch.found()) {
    const Bytes first = watch.take();
    demand(!first.empty() && is_within(first, heard), "what a peer has sent was heard");
    demand(is_within(keys, heard), "what comes before it is for the console");
    return;
  }
  demand(watch.deadline() == kNever, "nothing is held for ever");
  demand(is_within(keys, heard), "the console gets what has come, in order");
  if (std::ranges::all_of(heard, is_typed)) demand(std::ranges::equal(keys, heard), "what is typed arrives");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  const auto input = fuzz::split_head(data, size, 16);
  if (!input) return 0;
  fuzz::Input rhythm = input->head;
  fuzz::listen(rhythm, input->bytes);
  return 0;
}
