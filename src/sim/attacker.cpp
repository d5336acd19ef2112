#include "sim/attacker.h"

#include <algorithm>
#include <utility>

namespace serialtcp::sim {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestRecording = 3000;
constexpr std::uint64_t kLongestHold = 50;   // ms
constexpr std::uint64_t kLongestCut = 1500;  // ms
constexpr std::array<Byte, 2> kEnd = {0x1F, 0x7E};

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

}  // namespace

void Attacker::handle(End to, Bytes& bytes, Time now) {
  Direction& here = direction(to);
  listen(here, bytes);
  if (!active_) {
    bytes.insert(bytes.begin(), here.held.begin(), here.held.end());
    here.held.clear();
    return;
  }
  if (now < here.cut_until) {
    bytes.clear();
    return;
  }
  if (!here.held.empty() && now >= here.release_at) append(bytes, std::exchange(here.held, {}));
  if (random_.chance(std::min(1.0, static_cast<double>(bytes.size()) / kInterval))) attack(to, bytes, now);
}

void Attacker::listen(Direction& direction, const Bytes& bytes) {
  append(direction.heard, bytes);
  if (direction.heard.size() <= kMostHeard) return;
  direction.heard.erase(direction.heard.begin(), direction.heard.begin() + kMostHeard / 2);
}

void Attacker::attack(End to, Bytes& bytes, Time now) {
  ++attacks_;
  Direction& here = direction(to);
  switch (random_.below(9)) {
    case 0:
      return flip(bytes);
    case 1:
      return bytes.clear();
    case 2:
      here.cut_until = now + std::chrono::milliseconds(random_.below(kLongestCut));
      return bytes.clear();
    case 3:
      // What arrives next overtakes it.
      append(here.held, bytes);
      here.release_at = now + std::chrono::milliseconds(random_.below(kLongestHold));
      return bytes.clear();
    case 4:
      return append(bytes, noise());
    case 5: {
      // Bytes that this end has sent, as an echo.
      return append(bytes, recording(direction(other(to))));
    }
    case 6: {
      // Part of one frame, and part of another.
      const Bytes old = recording(here);
      bytes.resize(bytes.size() / 2);
      bytes.insert(bytes.end(), old.begin() + static_cast<std::ptrdiff_t>(old.size() / 2), old.end());
      return;
    }
    default:
      return append(bytes, recording(here));
  }
}

void Attacker::flip(Bytes& bytes) {
  if (bytes.empty()) return;
  bytes[random_.below(bytes.size())] ^= static_cast<Byte>(1U << random_.below(8));
}

Bytes Attacker::recording(const Direction& direction) {
  const Bytes& heard = direction.heard;
  if (heard.empty()) return {};
  auto begin = heard.begin() + static_cast<std::ptrdiff_t>(random_.below(heard.size()));
  const auto left = static_cast<std::uint64_t>(heard.end() - begin);
  auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, 1 + random_.below(kLongestRecording)));
  if (random_.chance(0.7)) {
    // Whole frames, unchanged.
    begin = std::search(begin, end, kEnd.begin(), kEnd.end());
    const auto last = std::find_end(begin, end, kEnd.begin(), kEnd.end());
    if (last != end) end = last + kEnd.size();
  }
  return {begin, end};
}

Bytes Attacker::noise() {
  Bytes bytes(1 + random_.below(200));
  for (Byte& byte : bytes) byte = static_cast<Byte>(random_.next());
  bytes.insert(bytes.begin(), kEnd.begin(), kEnd.end());
  bytes.insert(bytes.end(), kEnd.begin(), kEnd.end());
  return bytes;
}

}  // namespace serialtcp::sim
