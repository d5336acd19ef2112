// Before a peer has answered there may be a console at the other end: a login prompt, a shell, a boot loader.
// What is sent then cannot be a command; it is sent less and less often where text is received, and not at
// all at a prompt. docs/protocol.md, "At a terminal".
#include <algorithm>

#include "tunnel/hello_timing.h"
#include "tunnel/tunnel.h"
#include "wire/terminal.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// Where text is received, this is the final interval of hellos; they wait for a pause in the text, if there
// is one.
constexpr Duration kHelloIntervalAtText = 30s;
constexpr Duration kPauseInText = 3s;
// Sessions tried until the tag and the check value after it are harmless, too: one in 50 is.
constexpr int kSessionsTried = 1000;

}  // namespace

/// A session of letters and digits, such that a hello which searches for a peer contains no byte that a
/// terminal acts on, except those that are the same in every hello.
void Tunnel::draw_session() {
  do session_ = some_session();
  while (!sealing_ && !first_hello_is_harmless());
  first_hello_drawn_ = !sealing_;
  session_answered_ = false;
  session_shown_ = false;
  console_.set_own_text(wire::text_of(session_));
}

SessionId Tunnel::some_session() {
  return climb_.wants_to_lead() ? wire::low_session(random_) : wire::printable_session(random_);
}

/// The same with a key. It takes some work, so it is done only when such a hello is sent. The session stays
/// if a peer with the key was answered: it knows it, or will, however long the answer is on its way.
void Tunnel::draw_first_message() {
  if (first_hello_drawn_ || link_.state != LinkState::down) return;
  first_hello_drawn_ = true;
  sealing_->draw_first_key();
  const int most = session_answered_ ? 0 : kSessionsTried;
  for (int tries = 0; !first_hello_is_harmless() && tries < most; ++tries) {
    session_ = some_session();
  }
  console_.set_own_text(wire::text_of(session_));
}

bool Tunnel::first_hello_is_harmless() {
  const Bytes wire = sealing_ ? sealed_hello_on_wire(&Sealing::try_first_message) : hello_on_wire();
  // After the constant part: the tag, which is before the check value, and the check value. Then comes the
  // end.
  const std::size_t drawn = wire::kCheckSize + (sealing_ ? secure::kTagSize : 0);
  constexpr std::size_t kEnd = 2;
  return wire::is_harmless(ByteView(wire).subspan(wire.size() - kEnd - drawn, drawn));
}

bool Tunnel::silent_at_prompt() const {
  return console_.at_prompt() && link_.config.at_prompt == AtPrompt::silent;
}

void Tunnel::look_at_console(Time now) {
  if (!console_.look(now)) return;
  if (hushed_ && !silent_at_prompt()) {
    hushed_ = false;
    hello_due_ = std::max(now, hello_said_ + kHelloIntervalAtText);
  }
  if (!console_.at_prompt()) return;
  unknown_bytes_ = unknown_text_ = 0;
  Time& told = console_told_[*console_.found()];
  if (told != Time{} && now - told < limits::kKeyTroubleInterval) return;
  told = now;
  told_trouble_ = LineTrouble::text;
  link_.events.push_of_line(event::LineTroubled{
      .trouble = LineTrouble::text, .console = *console_.found(), .heard = console_.excerpt()});
}

Time Tunnel::console_allows(Time said) const {
  if (silent_at_prompt()) return kNever;
  return console_.found() ? said + kHelloIntervalAtText : Time{};
}

/// Whether a hello that is due is postponed.
bool Tunnel::put_off_for_console(Time now) {
  if (link_.state != LinkState::down || !console_.found()) return false;
  if (silent_at_prompt()) {
    hushed_ = true;
    hello_due_ = kNever;
    return true;
  }
  const Time pause = std::min(console_.last_heard() + kPauseInText, hello_said_ + kHelloIntervalAtText);
  if (pause <= now) return false;
  hello_due_ = pause;
  return true;
}

Duration Tunnel::next_hello_interval() {
  if (console_.found()) return std::min(kHelloIntervalAtText, hello_interval_ * 2);
  return std::min(kLastHelloInterval, hello_interval_ * 3 / 2);
}

void Tunnel::protocol_heard(Time now) {
  if (console_.found()) {
    hello_interval_ = Duration{};
    if (link_.state == LinkState::down) hello_due_ = now;
  }
  console_.forget();
  hushed_ = false;
}

/// A frame that was not understood: an end of ours is there, unless it is an echo. A hello shows by its session whose it is,
/// and otherwise counts as text: half of it is letters.
void Tunnel::frame_heard(ByteView body, Time now) {
  const bool hello =
      body.size() >= wire::kHelloSize && body[0] == wire::kHelloHeader && body[1] == wire::kProtocolVersion;
  if (hello) {
    base::Reader session(body.subspan(3));
    if (SessionId{session.little(8)} != session_) return protocol_heard(now);
  }
  if (console_.found() && now - hello_said_ >= kLongestEcho) protocol_heard(now);
}

}  // namespace serialtcp::tunnel
