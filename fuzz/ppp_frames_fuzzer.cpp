// Any bytes in any pieces to PPP's framing: however they are cut, the same frames are found; what is found is encoded again
// and found again, with any escape map and headers; memory is bounded.
#include <vector>

#include "input.h"
#include "ppp/framing.h"

namespace serialtcp::fuzz {
namespace {

constexpr std::size_t kLongest = 300;

struct Found {
  std::uint16_t protocol = 0;
  Bytes information;

  bool operator==(const Found&) const = default;
};

std::vector<Found> read(ByteView bytes, std::uint32_t map, Input* cuts, ppp::FrameCounts& counts) {
  ppp::FrameReader reader(kLongest);
  reader.set_map(map);
  std::vector<Found> all;
  while (!bytes.empty()) {
    ByteView piece = take_piece(bytes, cuts);
    while (const auto frame = reader.next(piece)) {
      demand(frame->information.size() <= kLongest + ppp::FrameReader::kOverhead, "frames are bounded");
      all.push_back({frame->protocol, {frame->information.begin(), frame->information.end()}});
    }
    demand(piece.empty(), "all bytes are used");
  }
  counts = reader.counts();
  return all;
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  const auto input = fuzz::split_head(data, size, 12);
  if (!input) return 0;
  const ByteView bytes = input->bytes;
  fuzz::Input cuts = input->head;
  const std::uint32_t map = cuts.u32();
  const Byte how = cuts.u8();
  ppp::FrameCounts cut, whole;
  const auto found = fuzz::read(bytes, map, &cuts, cut);
  fuzz::demand(found == fuzz::read(bytes, map, nullptr, whole), "it does not matter how the bytes are cut");
  fuzz::demand(cut.good == whole.good && cut.lost() == whole.lost() && cut.good == found.size(),
               "counts agree");

  const ppp::SendFormat format{map, (how & 1U) != 0, (how & 2U) != 0};
  std::vector<fuzz::Found> sent;
  Bytes line;
  const auto add = [&](std::uint16_t protocol, ByteView information) {
    if (information.empty() || information.size() > fuzz::kLongest) return;
    ppp::append_frame(protocol, information, format,
                      line.empty() || (how & 4U) != 0 ? ppp::OpeningFlag::needed : ppp::OpeningFlag::shared,
                      line);
    sent.push_back({protocol, {information.begin(), information.end()}});
  };
  add(0x0021, bytes);
  for (const fuzz::Found& one : found) add(one.protocol, one.information);
  fuzz::demand(fuzz::read(line, map, &cuts, cut) == sent, "what is sent arrives");
  fuzz::demand(cut.lost() == 0, "and nothing else");
  return 0;
}
