// A segment is what is between two ends of frame. In it, the first and the last word that can be recognised tell which bytes
// should be between them.
#include "doctor/inbound.h"

#include <optional>

#include "wire/test_stream.h"

namespace serialtcp::doctor {

namespace {

constexpr Byte kEscape = 0x1F;
constexpr Byte kEnd = 0x7E;
constexpr Byte kEndAfterAck = 0x7C;

struct Anchor {
  std::size_t at = 0;
  std::uint64_t offset = 0;
};

std::optional<Anchor> anchor_at(ByteView segment, std::size_t at) {
  const auto offset = wire::test_offset(segment.subspan(at, wire::kTestWord));
  return offset ? std::optional(Anchor{at, *offset}) : std::nullopt;
}

std::optional<Anchor> first_anchor(ByteView segment) {
  for (std::size_t at = 0; at + wire::kTestWord <= segment.size(); ++at) {
    if (const auto anchor = anchor_at(segment, at)) return anchor;
  }
  return std::nullopt;
}

std::optional<Anchor> last_anchor(ByteView segment) {
  for (std::size_t at = segment.size() + 1 - wire::kTestWord; at-- > 0;) {
    if (const auto anchor = anchor_at(segment, at)) return anchor;
  }
  return std::nullopt;
}

}  // namespace

void Inbound::heard(ByteView bytes, Time now) {
  for (const Byte byte : bytes) {
    kept_.push_back(byte);
    if (escape_ && (byte == kEnd || byte == kEndAfterAck)) {
      look_at(kept_, now);
      kept_.clear();
    }
    escape_ = byte == kEscape;
  }
  if (kept_.size() > kMostKept) kept_.clear();
}

void Inbound::look_at(ByteView segment, Time now) {
  const auto first = first_anchor(segment);
  const auto last = first ? last_anchor(segment) : std::nullopt;
  if (!last || last->offset <= first->offset || last->offset - first->offset > kMostKept) return;
  Bytes sent(last->offset - first->offset + wire::kTestWord);
  wire::fill_with_test_bytes(first->offset, sent);
  const Alignment alignment = align(sent, segment.subspan(first->at, last->at - first->at + wire::kTestWord));
  compared_ += sent.size();
  for (const Slip& slip : alignment.slips) {
    if (damages_.size() < kMostDamages) damages_.push_back({now, slip});
  }
}

}  // namespace serialtcp::doctor
