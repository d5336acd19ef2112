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
