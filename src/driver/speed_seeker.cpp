#include "driver/speed_seeker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/clock.h"
#include "os/entropy.h"

namespace serialtcp::io {

namespace {

using wire::SpeedSearch;
using namespace std::chrono_literals;

/// What is still to be sent at the old speed is looked at after this time again.
constexpr Duration kUnsentPoll = 10ms;
/// Then flow control may have stopped it, and it is sent at the new speed, or never.
constexpr Duration kUnsentPatience = 3s;
/// With a larger difference, a receiver samples the last bits of a byte at the wrong time.
constexpr std::uint32_t kTolerated = 50;  // 1 / 50

std::uint64_t seed() {
  const Entropy entropy = fresh_entropy();
  std::uint64_t number = 0;
  std::memcpy(&number, entropy.data(), sizeof number);
  return number;
}

bool is_about(std::uint32_t speed, std::uint32_t wanted) {
  return std::max(speed, wanted) - std::min(speed, wanted) <= wanted / kTolerated;
}

}  // namespace

SpeedSeeker::SpeedSeeker(asio::io_context& context, Endpoint& endpoint, Line& line, Observer& observer,
                         std::uint32_t bits, Calls calls)
    : endpoint_(endpoint),
      line_(line),
      observer_(observer),
      bits_(bits),
      calls_(std::move(calls)),
      search_(seed()),
      timer_(context) {}

void SpeedSeeker::line_opened() {
  speed_ = line_.speed();
  active_ = speed_ != 0;
  if (!active_) {
    if (!std::exchange(useless_told_, true))
      observer_.note(fmt::format("WARNING: {} has no speed that can be set: BAUDRATE auto is without effect",
                                 line_.name()));
    return;
  }
  changing_ = false;
  search_.begin(now());
  act();
}

void SpeedSeeker::line_away() {
  active_ = changing_ = false;
  armed_for_ = kNever;
  timer_.cancel();
  search_.line_lost();
}

void SpeedSeeker::heard(ByteView bytes) {
  if (!active_ || changing_) return;
  look();
  if (!active_ || changing_) return;
  search_.heard(bytes, now());
  act();
}

void SpeedSeeker::look() {
  if (!active_ || changing_) return;
  using Peer = SpeedSearch::Peer;
  const Peer peer = !endpoint_.link_up() ? Peer::none : endpoint_.link_away() ? Peer::away : Peer::linked;
  search_.see_peer(peer, endpoint_.last_heard(), now());
  act();
}

void SpeedSeeker::act() {
  search_.tick(now());
  while (const auto found = search_.take_finding()) tell(*found);
  if (search_.speed() == speed_) return arm();
  change_by_ = now() + kUnsentPatience;
  change();
}

/// What was sent at the old speed leaves first.
void SpeedSeeker::change() {
  changing_ = true;
  if (line_.unsent() > 0 && now() < change_by_) {
    timer_.expires_after(kUnsentPoll);
    timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
      if (!cancelled && active_) change();
    }));
    return;
  }
  const std::uint32_t wanted = search_.speed();
  line_.set_speed(wanted, lifetime_.guard([this, wanted](Line::SpeedAnswer answer) {
    if (active_) changed(std::move(answer), wanted);
  }));
}

void SpeedSeeker::changed(Line::SpeedAnswer answer, std::uint32_t wanted) {
  changing_ = false;
  if (!answer || !is_about(*answer, wanted)) {
    if (std::ranges::find(refused_told_, wanted) == refused_told_.end()) {
      refused_told_.push_back(wanted);
      observer_.note(fmt::format("{} cannot do {} baud: {}", line_.name(), wanted,
                                 answer ? fmt::format("its driver chose {}", *answer) : answer.error()));
    }
    speed_ = wanted;  // or a line that refuses everything would be asked without a pause
    search_.cannot(now());
    return arm();
  }
  speed_ = wanted;
  calls_.drop_unsent();
  const std::uint64_t rate = std::max<std::uint32_t>(1, wanted / bits_);
  const Time time = now();
  endpoint_.line_lost(time);
  endpoint_.line_has_rate(rate, time);
  endpoint_.line_restored(time);
  calls_.line_has_rate(rate);
  calls_.kick();
  arm();
}

void SpeedSeeker::tell(SpeedSearch::Found found) {
  using Found = SpeedSearch::Found;
  const std::string& line = line_.name();
  switch (found) {
    case Found::peer:
      return observer_.note(fmt::format("{}: the peer speaks {} baud", line, search_.speed()));
    case Found::text:
      return observer_.note(
          fmt::format("{}: something writes text at {} baud, probably a console; the speed is kept", line,
                      search_.speed()));
    case Found::silence:
      return observer_.note(fmt::format(
          "WARNING: no speed was found on {}: nothing is received. Check that serialtcp runs at the other end, and the "
          "cable (RX and TX crossed? ground?); the search goes on",
          line));
    case Found::noise:
      return observer_.note(fmt::format(
          "WARNING: no speed was found on {}: what is received makes no sense at any of them. Check that serialtcp runs "
          "at the other end, parity and stop bits, and the ground of the cable; the search goes on",
          line));
  }
}

void SpeedSeeker::arm() {
  if (changing_) return;
  const Time due = search_.speed() != speed_ ? now() + kUnsentPoll : search_.deadline();
  if (due == armed_for_) return;
  armed_for_ = due;
  if (due == kNever) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(to_steady(due));
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (cancelled || !active_) return;
    armed_for_ = kNever;
    look();
  }));
}

}  // namespace serialtcp::io
