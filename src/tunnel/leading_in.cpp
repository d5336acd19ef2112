// What precedes a frame after a pause, and how it is found out whether this line needs it. docs/protocol.md,
// "Lead-in".
#include <algorithm>

#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// After such a pause, a frame is preceded by an end of frame, which flushes what noise has left in the peer's
// decoder.
constexpr Duration kQuiet = 1s;
constexpr Duration kQuietOnNoisyLine = 20ms;
// Frames in a row that carry nothing and request an answer, to learn whether a lead-in is needed. The answers
// do the same, and two idle ends must not continue for ever.
constexpr unsigned kMostBareWakes = 64;

}  // namespace

/// How long nothing was sent.
Duration Tunnel::silence(Time now) const {
  return std::max(Duration{}, now - std::max(last_end_, link_.pacer.leaves()));
}

/// How the frame that begins now does so. Empty if the line may still be waking up, because of a frame just before it.
std::optional<link::Beginning> Tunnel::beginning(Duration silent_for) {
  if (silent_for >= link::LeadIn::kSilence) {
    woken_at_ = link_.pacer.position();
  } else if (link_.pacer.position() - woken_at_ < link::LeadIn::kMostBytes) {
    return std::nullopt;
  }
  return link::Beginning{silent_for, lead_in_.ends()};
}

void Tunnel::lead_in(Time now) {
  const Duration quiet = link_.sender->frame_length().line_is_noisy() ? kQuietOnNoisyLine : kQuiet;
  std::size_t ends = lead_in_wanted_ || now - last_end_ >= quiet ? 1 : 0;
  if (silence(now) >= link::LeadIn::kSilence) ends = std::max(ends, lead_in_.ends());
  append_ends(ends);
  lead_in_wanted_ = false;
}

void Tunnel::append_ends(std::size_t count) {
  for (; count > 0; --count) encoder_.append_end(wire::FrameEnd::plain, outbox_.tail());
}

/// Whether a frame that begins now requests an answer, since it must be known whether it arrives.
bool Tunnel::asks_whether_it_arrives(Cargo cargo, Duration silent_for) {
  if (cargo != Cargo::none) bare_wakes_ = 0;
  return lead_in_.wants_to_know() && silent_for >= link::LeadIn::kSilence && !link_.turns.in_use() &&
         (cargo != Cargo::none || ++bare_wakes_ <= kMostBareWakes);
}

}  // namespace serialtcp::tunnel
