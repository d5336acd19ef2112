// Packed and plain data, corrupt, truncated and out of order, for the receiving half of streams: it accepts
// no more than the credit, and what a packer made is unpacked to the original.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "input.h"
#include "mux/compressor.h"
#include "mux/receive_half.h"
#include "serialtcp/config.h"

namespace serialtcp::fuzz {
namespace {

using mux::ReceiveHalf;
using wire::Packing;

constexpr unsigned kWindowLog = 12;
constexpr std::size_t kRuns = 2;

/// The receiving half of a stream, and what it should return as long as nothing corrupt was sent.
struct Stream {
  Stream(mux::CreditPool& credit, mux::DecompressorPool& pool) : half(limits::kInitialCredit, credit, pool) {}
  ReceiveHalf half;
  std::optional<mux::Compressor> compressor;
  Bytes expected;
  bool honest = true;
};

/// Like a correct packer, as long as there is credit.
void send_honestly(Stream& stream, Input& input) {
  const Byte what = input.u8();
  Bytes content = input.bytes(1 + what);
  if ((what & 1U) != 0) content.resize(content.size() + what, 'a');
  const std::uint64_t credit = stream.half.give_credit() - stream.half.content();
  content.resize(std::min<std::size_t>(content.size(), credit));
  Bytes coded = content;
  const bool packed = (what & 2U) != 0;
  if (packed) {
    coded.clear();
    if (!stream.compressor) stream.compressor.emplace(kWindowLog);
    stream.compressor->pack(content, coded);
    if ((what & 4U) != 0) {
      stream.compressor->finish(coded);
      stream.compressor.reset();
    }
  }
  stream.expected.insert(stream.expected.end(), content.begin(), content.end());
  const Packing packing = packed ? Packing::packed : Packing::plain;
  const std::uint64_t at = stream.half.next();
  const ByteView bytes = coded;
  const std::size_t cut = coded.size() * (what >> 3) / 32;
  demand(!stream.half.receive(at + cut, bytes.subspan(cut), packing), "correct bytes ahead are taken");
  demand(!stream.half.receive(at, bytes.first(cut), packing), "correct bytes in order are taken");
}

void read(Stream& stream, std::size_t most) {
  Bytes into(most);
  into.resize(stream.half.read(into, Time{}, {}));
  if (!stream.honest) return;
  demand(
      into.size() <= stream.expected.size() && std::equal(into.begin(), into.end(), stream.expected.begin()),
      "what is read is what was sent");
  stream.expected.erase(stream.expected.begin(), stream.expected.begin() + static_cast<long>(into.size()));
}

void run(Input input) {
  mux::CreditPool credit;
  mux::DecompressorPool pool{kWindowLog, kRuns, 0};
  std::array<std::unique_ptr<Stream>, kRuns> streams;
  while (!input.empty()) {
    const Byte what = input.u8();
    std::unique_ptr<Stream>& stream = streams[what & 1U];
    if (!stream) stream = std::make_unique<Stream>(credit, pool);
    const Packing packing = (what & 2U) != 0 ? Packing::packed : Packing::plain;
    bool broken = false;
    switch (what >> 5) {
      case 0:
      case 1:
        if (stream->honest) send_honestly(*stream, input);
        break;
      case 2:
      case 3:
        stream->honest = false;
        broken = stream->half.receive(stream->half.next(), input.bytes(input.u8()), packing).has_value();
        break;
      case 4:
        stream->honest = false;
        broken = stream->half.receive(input.u16(), input.bytes(input.u8()), packing).has_value();
        break;
      case 5:
        read(*stream, 1U + input.u16());
        break;
      case 6:
        broken = stream->half.end_at(stream->half.next() + (what & 4U)).has_value();
        stream->honest = false;
        break;
      default:
        stream.reset();
        break;
    }
    // The link ends; then everything starts again.
    if (broken) stream.reset();
    if (!stream) continue;
    const std::uint64_t window = stream->half.give_credit();
    demand(stream->half.content() <= window, "no more content than credit");
    demand(stream->half.held() <= limits::kMaxCredit * 17 / 16 + limits::kPackedAllowance,
           "memory is bounded");
    demand(pool.in_use <= kRuns, "no more runs than allowed");
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::run({data, size});
  return 0;
}
