#include "ppp/framing.h"

#include <utility>

#include "ppp/fcs.h"
#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

constexpr Byte kFlag = 0x7E;
constexpr Byte kEscape = 0x7D;
constexpr Byte kFlip = 0x20;
constexpr Byte kAllStations = 0xFF;
constexpr Byte kUnnumbered = 0x03;
constexpr std::size_t kCheckSize = 2;

/// The rest is the information. Empty if the field is not one: its last byte is odd, the one before is even.
std::optional<std::uint16_t> take_protocol(ByteView& rest) {
  if (rest.empty()) return std::nullopt;
  if ((rest[0] & 1U) != 0) {
    const std::uint16_t protocol = rest[0];
    rest = rest.subspan(1);
    return protocol;
  }
  if (rest.size() < 2 || (rest[1] & 1U) == 0) return std::nullopt;
  const auto protocol = static_cast<std::uint16_t>(rest[0] << 8U | rest[1]);
  rest = rest.subspan(2);
  return protocol;
}

bool in_map(Byte byte, std::uint32_t map) {
  return byte < 0x20U && ((map >> byte) & 1U) != 0;
}

void append_escaped(ByteView bytes, std::uint32_t map, Bytes& out) {
  for (const Byte byte : bytes) {
    if (in_map(byte, map) || byte == kFlag || byte == kEscape) {
      out.push_back(kEscape);
      out.push_back(byte ^ kFlip);
    } else {
      out.push_back(byte);
    }
  }
}

}  // namespace

std::optional<Frame> FrameReader::next(ByteView& bytes) {
  while (!bytes.empty()) {
    const Byte byte = bytes.front();
    bytes = bytes.subspan(1);
    if (byte != kFlag) {
      add(byte);
    } else if (auto frame = end()) {
      return frame;
    }
  }
  return std::nullopt;
}

void FrameReader::begin() {
  frame_.clear();
  bare_count_ = 0;
  escaped_ = false;
  skipping_ = false;
}

void FrameReader::add(Byte byte) {
  if (ended_) begin();
  ended_ = false;
  if (skipping_) return;
  if (!escaped_ && byte == kEscape) {
    escaped_ = true;
    return;
  }
  if (frame_.size() == longest_) {
    ++counts_.too_long;
    skipping_ = true;
    return;
  }
  if (!escaped_ && in_map(byte, map_) && bare_count_ < kMaxInserted) {
    bare_[bare_count_++] = static_cast<std::uint16_t>(frame_.size());
  }
  frame_.push_back(escaped_ ? byte ^ kFlip : byte);
  escaped_ = false;
}

std::optional<Frame> FrameReader::end() {
  if (std::exchange(ended_, true)) return std::nullopt;
  if (skipping_) return std::nullopt;
  if (escaped_) {
    ++counts_.aborted;
    return std::nullopt;
  }
  if (frame_.size() < kShortest) {
    ++counts_.too_short;
    return std::nullopt;
  }
  if (!check()) {
    ++counts_.bad_check;
    return std::nullopt;
  }
  ByteView rest = ByteView(frame_).first(frame_.size() - kCheckSize);
  if (rest.size() >= 2 && rest[0] == kAllStations && rest[1] == kUnnumbered) rest = rest.subspan(2);
  const auto protocol = take_protocol(rest);
  if (!protocol) {
    ++counts_.too_short;
    return std::nullopt;
  }
  ++counts_.good;
  return Frame{*protocol, rest};
}

bool FrameReader::check() {
  if (fcs16(kFcsStart, frame_) == kFcsGood) return true;
  if (bare_count_ == 0) return false;
  remove_inserted();
  return frame_.size() >= kShortest && fcs16(kFcsStart, frame_) == kFcsGood;
}

void FrameReader::remove_inserted() {
  std::size_t kept = 0;
  std::size_t bare = 0;
  for (std::size_t i = 0; i < frame_.size(); ++i) {
    if (bare < bare_count_ && bare_[bare] == i) {
      ++bare;
    } else {
      frame_[kept++] = frame_[i];
    }
  }
  frame_.resize(kept);
}

void append_frame(std::uint16_t protocol, ByteView information, const SendFormat& format, OpeningFlag opening,
                  Bytes& out) {
  const SendFormat used = protocol == protocol::kLcp ? SendFormat{} : format;
  std::array<Byte, 4> head{};
  std::size_t size = 0;
  if (!used.no_address) {
    head[size++] = kAllStations;
    head[size++] = kUnnumbered;
  }
  if (!used.short_protocol || protocol > 0xFFU) head[size++] = static_cast<Byte>(protocol >> 8U);
  head[size++] = static_cast<Byte>(protocol);

  const ByteView header = ByteView(head).first(size);
  const auto fcs = static_cast<std::uint16_t>(~fcs16(fcs16(kFcsStart, header), information));
  const std::array<Byte, kCheckSize> check{static_cast<Byte>(fcs), static_cast<Byte>(fcs >> 8U)};
  out.reserve(out.size() + information.size() + information.size() / 8 + 24);
  if (opening == OpeningFlag::needed) out.push_back(kFlag);
  for (const ByteView part : {header, information, ByteView(check)}) append_escaped(part, used.map, out);
  out.push_back(kFlag);
}

}  // namespace serialtcp::ppp
