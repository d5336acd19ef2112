// A queue that is read where it was written.
#include "port/loop_line.h"

#include <algorithm>
#include <utility>

namespace serialtcp::io {

constinit const LineKind kLoopLineKind = {
    .prefix = "loop://",
    .form = "loop://",
    .make = [](const LineRequest& request) -> std::expected<std::unique_ptr<Line>, std::string> {
      return std::make_unique<LoopLine>(request.context);
    },
    .look = [](const std::string&) -> std::expected<void, OpenError> { return {}; },
    .exclusive = [](const std::string&) -> std::optional<std::string> { return {}; },
    .advice = {.reasons = "a loop has no other end",
               .check = "use another line: a loop has no other end",
               .speed = SilenceAdvice::Speed::none},
};

void LoopLine::open(Opened opened) {
  opened({});
}

void LoopLine::close() {
  ++generation_;
  queue_.clear();
  readable_ = nullptr;
  writable_ = nullptr;
}

LineResult LoopLine::read(MutableByteView into) {
  const std::size_t count = std::min(into.size(), queue_.size());
  if (count == 0) return {LineStatus::would_block};
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(queue_.begin(), end, into.begin());
  queue_.erase(queue_.begin(), end);
  wake();
  return {LineStatus::ok, count};
}

LineResult LoopLine::write(ByteView bytes) {
  const std::size_t count = std::min(bytes.size(), kCapacity - queue_.size());
  if (count == 0) return {LineStatus::would_block};
  queue_.insert(queue_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  wake();
  return {LineStatus::ok, count};
}

void LoopLine::when_readable(Ready ready) {
  readable_ = std::move(ready);
  wake();
}

void LoopLine::when_writable(Ready ready) {
  writable_ = std::move(ready);
  wake();
}

/// Posts each waiting handler whose condition is fulfilled to the loop; never calls one directly.
void LoopLine::wake() {
  const auto post = [this](Ready& waiting) {
    asio::post(context_, lifetime_.guard([this, generation = generation_,
                                          ready = std::exchange(waiting, nullptr)]() mutable {
      if (generation == generation_) ready();
    }));
  };
  if (readable_ && !queue_.empty()) post(readable_);
  if (writable_ && queue_.size() < kCapacity) post(writable_);
}

}  // namespace serialtcp::io
