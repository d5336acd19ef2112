#include "share/backlog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace serialtcp::share {

std::string lost_mark(std::uint64_t count) {
  return fmt::format("\r\n[serialtcp: {} bytes lost]\r\n", count);
}

void Backlog::append(Kind kind, ByteView bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (!pieces_.empty()) {
    Piece& last = pieces_.back();
    if (last.kind == kind && !last.begun && last.bytes.size() + bytes.size() <= kPiece) {
      last.bytes.insert(last.bytes.end(), bytes.begin(), bytes.end());
      return;
    }
  }
  pieces_.push_back({.kind = kind, .bytes = Bytes(bytes.begin(), bytes.end())});
}

void Backlog::add_data(ByteView bytes, std::size_t content) {
  loses_ = loses_ || size_ + bytes.size() > kMost;
  if (loses_) {
    lost_ += content;
    return;
  }
  append(Kind::data, bytes);
}

void Backlog::add_always(ByteView bytes) {
  append(Kind::always, bytes);
}

void Backlog::add_rest(ByteView bytes) {
  CHECK(pieces_.empty());
  append(Kind::data, bytes);
  if (!pieces_.empty()) pieces_.back().begun = true;
}

ByteView Backlog::next(Data data) {
  next_ = 0;
  if (data == Data::held && !pieces_.empty() && !pieces_.front().begun) {
    const auto found = std::ranges::find(pieces_, Kind::always, &Piece::kind);
    next_ = static_cast<std::size_t>(found - pieces_.begin());
  }
  if (next_ >= pieces_.size()) return {};
  return ByteView(pieces_[next_].bytes).subspan(pieces_[next_].sent);
}

void Backlog::sent(std::size_t count) {
  if (count == 0) return;
  Piece& piece = pieces_[next_];
  piece.sent += count;
  piece.begun = true;
  size_ -= count;
  if (piece.sent == piece.bytes.size()) pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(next_));
}

std::uint64_t Backlog::take_lost() {
  if (!loses_ || size_ > kEnough) return 0;
  loses_ = false;
  return std::exchange(lost_, 0);
}

void Backlog::drop_data() {
  loses_ = false;
  lost_ = 0;
  std::erase_if(pieces_, [this](const Piece& piece) {
    if (piece.kind != Kind::data || piece.begun) return false;
    size_ -= piece.bytes.size();
    return true;
  });
}

}  // namespace serialtcp::share
