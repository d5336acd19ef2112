#include "legacy/discovery.h"

#include <algorithm>

#include "wire/codec.h"

namespace serialtcp::legacy {

namespace {

using namespace std::chrono_literals;

constexpr Duration kLeastSilence = 15ms;
constexpr std::int64_t kSilenceBytes = 12;
// The original waits at least this long for an answer.
constexpr Duration kPatience = 1s;
// D D C1 and what may follow; if there are more, the last ones count.
constexpr std::size_t kMostCodes = 8;
// The last ones of these bytes are all that matters after an end of frame.
constexpr std::size_t kLastBytes = 64;

/// How many bytes come before the last ones. These do not begin amid an escape pair.
std::size_t count_before_last(ByteView bytes) {
  std::size_t count = bytes.size() <= kLastBytes ? 0 : bytes.size() - kLastBytes;
  while (count > 0 && bytes[count - 1] == wire::kEscape) --count;
  return count;
}

}  // namespace

Discovery::Discovery(Role role, std::uint64_t nominal_rate)
    : role_(role),
      silence_(std::max<Duration>(kLeastSilence,
                                  kSilenceBytes * Duration(1s) /
                                      static_cast<std::int64_t>(std::max<std::uint64_t>(nominal_rate, 1)))) {}

void Discovery::reset() {
  decoder_.reset();
  codes_.clear();
  rest_.clear();
  end_of_frame_ = false;
  stage_ = 1;
  answer_.clear();
  found_ = false;
  own_kind_heard_ = false;
}

void Discovery::feed(ByteView bytes, Time now) {
  if (now - last_fed_ >= silence_) {
    tick(now);
    end_of_frame_ = false;
  }
  last_fed_ = now;
  // Only codes right before a silence count, and whether an end of frame came before: no need to search all of a fast line.
  if (const std::size_t count = end_of_frame_ ? count_before_last(bytes) : 0; count > 0) {
    bytes = bytes.subspan(count);
    codes_.clear();
    decoder_.reset();
  }
  while (const auto item = decoder_.next(bytes)) {
    if (!item->code) {
      codes_.clear();
      continue;
    }
    if (codes_.size() == kMostCodes) codes_.erase(codes_.begin());
    codes_.push_back(*item->code);
    if (*item->code == wire::kEndPlain || *item->code == wire::kEndWithAck) end_of_frame_ = true;
    // Only its code follows the D D of an attempt: an end of frame before it was sent by another end.
    const std::size_t count = codes_.size();
    if (count > 1 && codes_[count - 1] == code::kDisconnect && codes_[count - 2] == code::kDisconnect) {
      end_of_frame_ = false;
    }
  }
}

void Discovery::tick(Time now) {
  if (deadline() > now) return;
  const Bytes codes = std::exchange(codes_, {});
  if (end_of_frame_) return;
  for (const Byte code : codes) {
    if (found_) {
      append_code(code, rest_);
    } else {
      judge(code, now);
    }
  }
}

bool Discovery::busy(Time now) const {
  return stage_ > 1 && now - answered_at_ < kPatience;
}

void Discovery::judge(Byte code, Time now) {
  own_kind_heard_ = own_kind_heard_ || sync_number(code, role_).has_value();
  const auto number = sync_number(code, other(role_));
  if (!number) return;
  if (!busy(now)) stage_ = 1;
  if (role_ == Role::client && *number == 0) {
    append_code(code::kDisconnect, answer_);
    append_code(code::kDisconnect, answer_);
    stage_ = 1;
    answer(sync_code(1, role_));
  } else if (*number == stage_ || *number == 1) {
    stage_ = *number + 1;
    found_ = *number == kLastSync;
    if (role_ == Role::server || !found_) answer(sync_code(role_ == Role::server ? *number : stage_, role_));
  }
  answered_at_ = now;
}

void Discovery::answer(Byte code) {
  append_code(wire::kEndPlain, answer_);
  append_code(code, answer_);
  append_code(wire::kEndPlain, answer_);
}

}  // namespace serialtcp::legacy
