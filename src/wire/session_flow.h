// The flow of one channel of a session. A sender sends no more than it has credit for; a receiver gives credit for what it
// can hold, and again for what it has passed on. So it can always read the stream: one channel that nobody takes stops no
// other one, nor the exit status.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/byte_queue.h"
#include "serialtcp/bytes.h"
#include "wire/session.h"

namespace serialtcp::wire::session {

class SendFlow {
 public:
  /// How many bytes may be sent.
  std::size_t credit() const { return credit_; }
  void granted(std::uint32_t count) {
    credit_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{credit_} + count, UINT32_MAX));
  }
  void sent(std::size_t count) { credit_ -= static_cast<std::uint32_t>(count); }

 private:
  std::uint32_t credit_ = 0;
};

class ReceiveFlow {
 public:
  /// `window` is granted at first.
  explicit ReceiveFlow(std::uint32_t window = kWindow) : window_(window), granted_(window) {}

  std::uint32_t window() const { return window_; }
  /// False if the sender had no credit for them, or had ended.
  bool receive(ByteView bytes) {
    if (ended_ || bytes.size() > granted_) return false;
    granted_ -= static_cast<std::uint32_t>(bytes.size());
    waiting_.append(bytes);
    return true;
  }
  void end() { ended_ = true; }

  std::size_t waiting() const { return waiting_.size(); }
  /// The first of them.
  ByteView first(std::size_t most) const { return waiting_.view(waiting_.begin(), most); }
  void passed_on(std::size_t count) {
    waiting_.drop_below(waiting_.begin() + count);
    passed_on_ += static_cast<std::uint32_t>(count);
  }
  void drop() { passed_on(waiting()); }

  /// The credit that is to be given now; 0: none.
  std::uint32_t take_grant() {
    if (ended_ || passed_on_ < window_ / kParts) return 0;
    granted_ += passed_on_;
    return std::exchange(passed_on_, 0);
  }
  /// Nothing more will come.
  bool ended() const { return ended_; }
  bool done() const { return ended_ && waiting() == 0; }

 private:
  /// Less of a window than one of these is not worth a message.
  static constexpr std::uint32_t kParts = 4;

  std::uint32_t window_;
  std::uint32_t granted_;
  base::ByteQueue waiting_ = {};
  std::uint32_t passed_on_ = 0;
  bool ended_ = false;
};

}  // namespace serialtcp::wire::session
