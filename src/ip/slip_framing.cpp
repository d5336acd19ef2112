#include "ip/slip_framing.h"

namespace serialtcp::ip {

void append_slip_frame(ByteView packet, bool flush, Bytes& out) {
  if (flush) out.push_back(kSlipEnd);
  for (const Byte byte : packet) {
    if (byte == kSlipEnd) {
      out.insert(out.end(), {kSlipEscape, kSlipEscapedEnd});
    } else if (byte == kSlipEscape) {
      out.insert(out.end(), {kSlipEscape, kSlipEscapedEscape});
    } else {
      out.push_back(byte);
    }
  }
  out.push_back(kSlipEnd);
}

std::optional<SlipReader::Frame> SlipReader::next(ByteView& bytes) {
  if (complete_) {
    frame_.clear();
    complete_ = damaged_ = escaped_ = false;
  }
  while (!bytes.empty()) {
    const Byte byte = bytes.front();
    bytes = bytes.subspan(1);
    if (byte != kSlipEnd) {
      take(byte);
      continue;
    }
    if (escaped_) damaged_ = true;  // cut off within an escape
    escaped_ = false;
    if (damaged_) frame_.clear();
    if (!damaged_ && frame_.empty()) continue;
    complete_ = true;
    return Frame{.damaged = damaged_, .bytes = frame_};
  }
  return std::nullopt;
}

void SlipReader::take(Byte byte) {
  if (escaped_) {
    escaped_ = false;
    // RFC 1055 leaves it open what any other byte means here: it is no byte that any sender sends.
    if (byte == kSlipEscapedEnd) return put(kSlipEnd);
    if (byte == kSlipEscapedEscape) return put(kSlipEscape);
    damaged_ = true;
  } else if (byte == kSlipEscape) {
    escaped_ = true;
  } else {
    put(byte);
  }
}

void SlipReader::put(Byte byte) {
  if (frame_.size() >= largest_) damaged_ = true;
  if (!damaged_) frame_.push_back(byte);
}

}  // namespace serialtcp::ip
