// What a Gateway does while its line is open: the link that begins and ends, its sizes, and what is given to the line.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/gateway.h"
#include "gateway/link_maker.h"
#include "ip/mss.h"
#include "os/clock.h"

namespace serialtcp::gateway {

namespace {

/// For the queue, where the line has no speed: as of a fast one.
constexpr std::uint64_t kUnknownRate = 1'000'000;

}  // namespace

// ---- The link ----

/// Whether this end answers what has begun. A device that comes again and again may be somebody who tries passwords.
bool Gateway::may_begin(Speech speech, Time now) {
  if (!device_logs_in()) return true;
  if (speech != Speech::ppp) {
    say(fmt::format("the device speaks {}, in which nobody can log in: with --login, only PPP is answered",
                    name_of(speech)));
    return false;
  }
  constexpr std::size_t kTry = kLoginPause.count();
  if (login_tries_.try_take(now, kTry)) return true;
  if (!std::exchange(tries_told_, true))
    say(fmt::format("the device has begun {} links without logging in: it is answered every {} s from now on",
                    kLoginsAtOnce, kLoginPause.count()));
  begin_again_.start_at(login_tries_.due(kTry), [this, speech] {
    start_link(speech);
    pump();
  });
  return false;
}

void Gateway::start_link(Speech speech) {
  drop_link();
  // The file may have changed since the last one.
  if (const auto read = read_logins(); !read)
    say(fmt::format("WARNING: {}; the names that were in it go on", read.error()));
  if (!may_begin(speech, io::now())) return;
  const Time now = io::now();
  link_ = make_link({.speech = speech,
                     .known = finds_out() ? LinkWish::Known::heard : LinkWish::Known::told,
                     .rate = pace_.rate(),
                     .name_server = told_name_server(),
                     .logins = logins_,
                     .device_logs_in = device_logs_in()},
                    addresses_, now);
  if (link_->is_up()) link_is_up();
  take_reports(now);
}

void Gateway::drop_link() {
  begin_again_.cancel();
  link_.reset();
  up_told_ = false;
  queue_.reset();
}

void Gateway::choose_mtu(std::uint64_t rate, std::size_t largest) {
  const Duration longest = link_->compresses_headers() ? kLongestPacket : kLongestWithHeader;
  const auto affordable =
      static_cast<std::size_t>(rate * static_cast<std::uint64_t>(longest.count()) / 1'000'000'000);
  const std::size_t quick = std::min(std::max(affordable, kLeastMtu), largest);
  mtu_ = uplink_->mtu(quick, largest);
  // PPP has told the device what this end takes.
  segment_mtu_ = speech() == Speech::ppp ? 0 : quick;
}

void Gateway::link_is_up() {
  login_tries_ = base::Bucket(kLoginsAtOnce * kLoginPause.count(), 1, io::now());
  tries_told_ = false;
  const ip::LinkAddresses addresses = link_->addresses();
  const std::uint64_t rate = pace_.rate() != 0 ? pace_.rate() : kUnknownRate;
  choose_mtu(rate, std::clamp<std::size_t>(addresses.mtu, 68, kMostMtu));
  if (queue_) {
    queue_->set_line(rate, mtu_);
  } else {
    queue_.emplace(rate, mtu_,
                   ip::FlowQueueLimits{.packets = kMostPackets, .bytes = kMostQueued, .spared = kSpared});
  }
  if (const auto attached = uplink_->attach(mtu_, window(), addresses.peer_id); !attached) {
    say(fmt::format("WARNING: {}", attached.error()));
    return drop_link();
  }
  if (!std::exchange(up_told_, true)) say(fmt::format("packets pass, of up to {} bytes to the device", mtu_));
}

/// The sender of a connection to the device is this machine: what it has under way is bounded here, and nothing need be dropped.
std::uint16_t Gateway::window() const {
  return static_cast<std::uint16_t>(queue_->spared() * (mtu_ - ip::kIpv4Header - ip::kTcpHeader));
}

void Gateway::to_device(ByteView packet) {
  if (!queue_ || !link_ || !link_->is_up()) return;
  Bytes bytes(packet.begin(), packet.end());
  if (segment_mtu_ != 0) ip::limit_mss(bytes, segment_mtu_);
  queue_->push(std::move(bytes), io::now());
  pump();
}

// ---- To the line ----

/// What is sent next is decided now: the link never has more than the line takes at once.
void Gateway::fill_link(std::size_t room, Time now) {
  while (queue_ && link_->is_up() && link_->pending() < room) {
    auto next = queue_->pop(now);
    if (!next) return;
    ++sent_packets_;
    link_->send(*next, now);
  }
}

void Gateway::pump() {
  if (!keeper_ || !keeper_->is_open() || std::exchange(pumping_, true)) return;
  for (;;) {
    if (!unwritten_.empty()) {
      const std::size_t count = keeper_->write(unwritten_);
      sent_bytes_ += count;
      unwritten_.erase(unwritten_.begin(), unwritten_.begin() + static_cast<std::ptrdiff_t>(count));
      if (!unwritten_.empty() || !keeper_->is_open()) break;  // line_writable() follows
    }
    const Time now = io::now();
    if (const std::string answers = modem_.answers(); !answers.empty()) {
      unwritten_.assign(answers.begin(), answers.end());
    } else if (const std::size_t room = pace_.room(now, line_->unsent()); link_ && room > 0) {
      fill_link(room, now);
      unwritten_ = link_->transmit(room);
    }
    if (unwritten_.empty()) break;
    pace_.wrote(unwritten_.size(), now);
  }
  pumping_ = false;
  schedule();
}

void Gateway::schedule() {
  const Time now = io::now();
  Time next = modem_.deadline();
  if (link_) {
    next = std::min(next, link_->deadline());
    const bool waits = link_->pending() > 0 || (queue_ && !queue_->empty());
    if (waits && unwritten_.empty()) next = std::min(next, pace_.again(now));
  }
  if (next == kNever) return alarm_.cancel();
  alarm_.start_at(next, [this] { due(); });
}

void Gateway::due() {
  const Time now = io::now();
  modem_.tick(now);
  if (link_ && now >= link_->deadline()) {
    link_->tick(now);
    take_reports(now);
  }
  pump();
}

}  // namespace serialtcp::gateway
