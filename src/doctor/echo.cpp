#include "doctor/echo.h"

#include <algorithm>
#include <unordered_set>

namespace serialtcp::doctor {

namespace {

constexpr std::size_t kPiece = 4;
/// Letters in a row that no other text has by chance: as many as a session has.
constexpr std::size_t kLetters = 8;
/// Pieces with control characters that are needed for a judgement.
constexpr std::size_t kLeast = 4;

constexpr Byte kBlank = 0x20;
constexpr Byte kDelete = 0x7F;

bool is_control(Byte byte) {
  return byte < kBlank || byte == kDelete;
}

std::uint32_t piece_at(ByteView bytes, std::size_t at) {
  std::uint32_t piece = 0;
  for (std::size_t i = 0; i < kPiece; ++i) piece = piece << 8U | bytes[at + i];
  return piece;
}

bool is_printable_run(ByteView run) {
  return std::ranges::all_of(run, [](Byte byte) { return byte > kBlank && byte < kDelete; });
}

bool shares_run(ByteView sent, ByteView received) {
  for (std::size_t at = 0; at + kLetters <= sent.size(); ++at) {
    const ByteView run = sent.subspan(at, kLetters);
    if (is_printable_run(run) && !std::ranges::search(received, run).empty()) return true;
  }
  return false;
}

}  // namespace

Echo echo_in(ByteView sent, ByteView received) {
  sent = sent.first(std::min(sent.size(), kMostCompared));
  received = received.first(std::min(received.size(), kMostCompared));
  std::unordered_set<std::uint32_t> heard;
  for (std::size_t at = 0; at + kPiece <= received.size(); ++at) heard.insert(piece_at(received, at));
  // The last ones may still be on their way.
  const std::size_t end = std::min(sent.size(), received.size());
  std::size_t pieces = 0;
  std::size_t found = 0;
  for (std::size_t at = 0; at + kPiece <= end; ++at) {
    if (!std::ranges::any_of(sent.subspan(at, kPiece), is_control)) continue;
    ++pieces;
    if (heard.contains(piece_at(sent, at))) ++found;
  }
  // A peer sends much of this, too, but not the session of this end.
  if (!shares_run(sent, received)) return Echo::none;
  return pieces >= kLeast && found * 2 >= pieces ? Echo::unaltered : Echo::altered;
}

}  // namespace serialtcp::doctor
