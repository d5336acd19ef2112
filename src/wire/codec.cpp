#include "wire/codec.h"

#include <algorithm>
#include <cstring>

#include "base/byte_runs.h"

namespace serialtcp::wire {

namespace {

bool meant_after_escape(Byte byte) {
  return byte == kEscape || byte == kEndPlain || byte == kEndWithAck;
}

}  // namespace

Encoder::Progress Encoder::encode(ByteView raw, MutableByteView out, Coding coding) {
  Progress done;
  while (done.taken < raw.size()) {
    const std::size_t room = out.size() - done.filled;
    const Byte byte = raw[done.taken];
    if (after_single_escape_) {
      const std::size_t need = meant_after_escape(byte) ? 2 : 1;
      if (room < need) break;
      if (need == 2) out[done.filled++] = kEscape;
      after_single_escape_ = false;
      if (byte != kEscape) {
        out[done.filled++] = byte;
        ++done.taken;
        continue;
      }
      // The pending 1F is complete. The new one is encoded below, in the space that is left.
      if (out.size() - done.filled < 1) break;
    }
    if (byte == kEscape) {
      if (coding == Coding::doubled) {
        if (out.size() - done.filled < 2) break;
        out[done.filled++] = kEscape;
        out[done.filled++] = kEscape;
      } else {
        if (out.size() - done.filled < 1) break;
        out[done.filled++] = kEscape;
        after_single_escape_ = true;
      }
      ++done.taken;
      continue;
    }
    const std::size_t run = std::min(base::run_before(raw.subspan(done.taken), kEscape), room);
    if (run == 0) break;
    std::memcpy(out.data() + done.filled, raw.data() + done.taken, run);
    done.taken += run;
    done.filled += run;
  }
  return done;
}

void Encoder::append(ByteView raw, Bytes& out, Coding coding) {
  const std::size_t old = out.size();
  out.resize(old + 2 * raw.size() + 1);
  const Progress done = encode(raw, MutableByteView(out).subspan(old), coding);
  out.resize(old + done.filled);
}

void Encoder::append_end(FrameEnd end, Bytes& out) {
  if (after_single_escape_) out.push_back(kEscape);
  after_single_escape_ = false;
  out.push_back(kEscape);
  out.push_back(static_cast<Byte>(end));
}

std::optional<Decoder::Found> Decoder::next(ByteView& bytes) {
  if (emitted_) {
    buffer_.clear();
    emitted_ = false;
  }
  while (!bytes.empty()) {
    if (escaped_) {
      const Byte byte = bytes[0];
      bytes = bytes.subspan(1);
      escaped_ = false;
      if (byte == kEndPlain || byte == kEndWithAck) return finish(static_cast<FrameEnd>(byte));
      push(kEscape);
      if (byte != kEscape) push(byte);
      continue;
    }
    const std::size_t run = base::run_before(bytes, kEscape);
    push_run(bytes.first(run));
    bytes = bytes.subspan(run);
    if (!bytes.empty()) {
      escaped_ = true;
      bytes = bytes.subspan(1);
    }
  }
  return std::nullopt;
}

void Decoder::reset() {
  buffer_.clear();
  dropped_ = 0;
  escaped_ = false;
  emitted_ = false;
}

void Decoder::push(Byte byte) {
  push_run(ByteView(&byte, 1));
}

void Decoder::push_run(ByteView run) {
  if (dropped_ == 0 && buffer_.size() + run.size() <= limits::kMaxFrame) {
    buffer_.insert(buffer_.end(), run.begin(), run.end());
    return;
  }
  dropped_ += buffer_.size() + run.size();
  buffer_.clear();
}

Decoder::Found Decoder::finish(FrameEnd end) {
  const Found found{end, buffer_, dropped_ > 0, dropped_};
  dropped_ = 0;
  emitted_ = true;
  return found;
}

}  // namespace serialtcp::wire
