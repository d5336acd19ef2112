#include "wire/console_port.h"

#include <algorithm>

namespace serialtcp::wire {

ConsolePort::ConsolePort(std::uint64_t rate)
    : watch_(rate),
      for_link_(std::max(kForLink, Duration(std::chrono::seconds(kBytesForLink)) /
                                       static_cast<std::int64_t>(std::max<std::uint64_t>(1, rate)))) {}

void ConsolePort::hear(ByteView bytes, Time now, Bytes& keys) {
  watch_.hear(bytes, now, keys);
  if (!watch_.found()) return;
  first_ = watch_.take();
  use_ = Use::link;
  typed_ = TypedKeys(TypedKeys::kEnterOrInterrupt);
  text_at_ = up_ ? kNever : now + for_link_;
  next_why_ = Why::no_link;
}

void ConsolePort::overhear(ByteView bytes, Time now) {
  if (typed_.typed(bytes, now)) end_link(Why::typed);
}

void ConsolePort::end_link(Why why) {
  use_ = Use::text;
  text_at_ = kNever;
  why_ = why;
}

void ConsolePort::tick(Time now, Bytes& keys) {
  if (use_ == Use::text) return watch_.tick(now, keys);
  if (text_at_ <= now) end_link(next_why_);
}

Time ConsolePort::deadline() const {
  return use_ == Use::text ? watch_.deadline() : text_at_;
}

void ConsolePort::link_is_up() {
  up_ = true;
  text_at_ = kNever;
}

void ConsolePort::link_is_down(Time now) {
  up_ = false;
  if (use_ != Use::link) return;
  text_at_ = now + kAfterLink;
  next_why_ = Why::link_ended;
}

}  // namespace serialtcp::wire
