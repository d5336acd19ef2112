#include "legacy/synchroniser.h"

#include <algorithm>

namespace serialtcp::legacy {

namespace {

using namespace std::chrono_literals;

// The values of the original.
constexpr Duration kFirstTimeout = 1s;
constexpr Duration kLongestTimeout = 60s;

}  // namespace

void Synchroniser::begin(Time now, Bytes& out) {
  done_ = false;
  own_kind_heard_ = false;
  timeouts_ = 0;
  timeout_ = kFirstTimeout;
  attempt(now, out);
}

void Synchroniser::settle() {
  done_ = true;
  wait_until_ = kNever;
}

void Synchroniser::attempt(Time now, Bytes& out) {
  stage_ = 1;
  append_code(code::kDisconnect, out);
  append_code(code::kDisconnect, out);
  out.insert(out.end(), preamble_.begin(), preamble_.end());
  append_code(role_ == Role::server ? code::kServerHello : sync_code(1, role_), out);
  wait_until_ = now + timeout_;
}

void Synchroniser::tick(Time now, Bytes& out) {
  if (done_ || wait_until_ > now) return;
  ++timeouts_;
  timeout_ = std::min(kLongestTimeout, timeout_ * 3 / 2);
  attempt(now, out);
}

void Synchroniser::on_code(Byte code, Time now, Bytes& out) {
  if (done_) return;
  if (code == code::kDisconnect) peer_began_ = true;
  // If an echo were answered at once, it would fill the line. The next attempt begins when this one times
  // out.
  if (sync_number(code, role_)) {
    own_kind_heard_ = true;
    return;
  }
  const auto number = sync_number(code, other(role_));
  if (!number) return;
  // A client that begins again has not received our answer to its first code. If this were ignored as a
  // repetition, both ends would wait for each other, and begin again at the same time.
  if (std::exchange(peer_began_, false) && role_ == Role::server && *number == 1) stage_ = 1;
  if (*number == stage_) return expected(now, out);
  if (*number == stage_ - 1 && *number > 0) return;
  attempt(now, out);
}

void Synchroniser::expected(Time now, Bytes& out) {
  const bool last = stage_ == kLastSync;
  if (role_ == Role::server) {
    append_code(sync_code(stage_, role_), out);
  } else if (!last) {
    append_code(sync_code(stage_ + 1, role_), out);
  }
  if (last) return settle();
  ++stage_;
  wait_until_ = now + timeout_;
}

}  // namespace serialtcp::legacy
