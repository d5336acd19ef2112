#include "doctor/held_line.h"

namespace serialtcp::doctor {

HeldLine::HeldLine(io::asio::io_context& context, io::Line& line) : line_(line), retry_(context) {}

void HeldLine::take(OnBytes bytes, OnRoom room) {
  bytes_ = std::move(bytes);
  room_ = std::move(room);
  wait_readable();
}

void HeldLine::let_go() {
  bytes_ = nullptr;
  room_ = nullptr;
  output_.clear();
  written_ = 0;
  retry_.cancel();
}

void HeldLine::lost(const io::LineResult& result) {
  if (!gone_) gone_ = result.reason;
}

// ---- From the line ----

void HeldLine::wait_readable() {
  if (read_wait_ || gone_) return;
  read_wait_ = true;
  line_.when_readable(lifetime_.guard([this] {
    read_wait_ = false;
    if (!bytes_) return;
    read_some();
    wait_readable();
  }));
}

void HeldLine::read_some() {
  for (int i = 0; i < kChunksPerTurn && bytes_ && !gone_; ++i) {
    const io::LineResult result = line_.read(input_);
    if (result.status == io::LineStatus::would_block) return;
    if (result.status != io::LineStatus::ok) return lost(result);
    bytes_(ByteView(input_).first(result.count));
  }
}

// ---- To the line ----

void HeldLine::write(ByteView bytes) {
  output_.assign(bytes.begin(), bytes.end());
  written_ = 0;
  write_some();
}

void HeldLine::write_some() {
  while (!is_free() && !gone_) {
    const io::LineResult result = line_.write(ByteView(output_).subspan(written_));
    if (result.status == io::LineStatus::would_block) break;
    if (result.status != io::LineStatus::ok) return lost(result);
    written_ += result.count;
  }
  if (is_free() || gone_) return;
  const auto again = [this] {
    if (is_free()) return;
    write_some();
    if (is_free() && room_) room_();
  };
  retry_.start(kRetry, again);
  if (write_wait_) return;
  write_wait_ = true;
  line_.when_writable(lifetime_.guard([this, again] {
    write_wait_ = false;
    again();
  }));
}

}  // namespace serialtcp::doctor
