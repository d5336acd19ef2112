#include "doctor/loop_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/prng.h"
#include "doctor/alignment.h"
#include "os/text.h"

namespace serialtcp::doctor {

namespace {

constexpr std::string_view kAbout = "loopback";
/// As short as a keystroke with what belongs to it.
constexpr std::size_t kFirst = 16;
constexpr std::size_t kRun = 64;
constexpr std::size_t kTimesEachValue = 4;
constexpr std::uint64_t kSeed = 19;
/// Values that never arrive are named; of more, this many.
constexpr std::size_t kMostNamed = 8;
/// A speed that was measured over less time says nothing.
constexpr Duration kLeastMeasured = std::chrono::milliseconds(200);

Bytes stream_for(std::uint64_t rate) {
  Bytes stream(kFirst, 0x55);
  for (std::size_t round = 0; round < kTimesEachValue; ++round) {
    for (unsigned i = 0; i < 256; ++i) stream.push_back(static_cast<Byte>(round % 2 == 0 ? i : 255 - i));
  }
  const auto wanted = rate * static_cast<std::uint64_t>(LoopTest::kLasts / std::chrono::seconds(1));
  const std::uint64_t most = std::clamp(wanted, LoopTest::kLeastBytes, LoopTest::kMostBytes);
  base::Prng random(kSeed);
  constexpr std::array<Byte, 4> kPatterns = {0x00, 0xFF, 0x55, 0xAA};
  while (stream.size() < most) {
    for (const Byte pattern : kPatterns) stream.insert(stream.end(), kRun, pattern);
    for (std::size_t i = 0; i < 2 * kRun; ++i) stream.push_back(static_cast<Byte>(random.next() >> 56));
  }
  return stream;
}

}  // namespace

LoopTest::LoopTest(std::uint64_t nominal_rate) : rate_(nominal_rate), stream_(stream_for(nominal_rate)) {}

ByteView LoopTest::next(std::size_t most, Time now) {
  if (sent_ == 0) first_sent_ = now;
  const bool waits = sent_ >= kFirst && first_back_ == Time{};
  const std::size_t end = sent_ < kFirst ? kFirst : waits ? sent_ : std::min(sent_ + most, stream_.size());
  const ByteView bytes = ByteView(stream_).subspan(sent_, end - sent_);
  sent_ = end;
  if (!bytes.empty()) progress_ = now;
  return bytes;
}

void LoopTest::heard(ByteView bytes, Time now) {
  // Not more than was sent can have come back, but for what noise adds.
  const std::size_t room = 2 * stream_.size() - std::min(2 * stream_.size(), received_.size());
  const ByteView first = bytes.first(std::min(room, bytes.size()));
  received_.insert(received_.end(), first.begin(), first.end());
  if (first_back_ == Time{} && received_.size() >= kFirst) first_back_ = now;
  last_back_ = progress_ = now;
  if (sent_ == stream_.size() && received_.size() >= stream_.size()) done_ = true;
}

Time LoopTest::due() const {
  const std::uint64_t away = sent_ - std::min(sent_, received_.size());
  return progress_ + kPatience + Duration(std::chrono::seconds(away)) / static_cast<std::int64_t>(rate_);
}

void LoopTest::tick(Time now) {
  if (now < due()) return;
  // The first bytes are not all back: then the others are not waited for.
  if (first_back_ == Time{}) first_back_ = now;
  done_ = done_ || sent_ == stream_.size() || received_.empty();
}

std::optional<double> LoopTest::rate() const {
  if (last_back_ - first_back_ < kLeastMeasured || received_.size() <= kFirst) return std::nullopt;
  return static_cast<double>(received_.size() - kFirst) / to_seconds(last_back_ - first_back_);
}

Findings LoopTest::judge_bytes() const {
  const Alignment result = align(ByteView(stream_).first(sent_), received_);
  const std::string count = io::counted(sent_, "byte");
  if (result.is_exact())
    return {fact(kAbout, fmt::format("{} came back unchanged", count), "", static_cast<double>(sent_))};
  std::vector<std::string> never;
  std::uint64_t explained = 0;
  for (std::size_t value = 0; value < result.sent_of.size(); ++value) {
    if (result.sent_of[value] < kTimesEachValue || result.arrived_of[value] > 0) continue;
    never.push_back(fmt::format("{:02x}", value));
    explained += result.sent_of[value];
  }
  Findings findings;
  const std::size_t values = never.size();
  if (never.size() > kMostNamed) {
    never.resize(kMostNamed);
    never.emplace_back("...");
  }
  if (values > 0)
    findings.push_back(fault(
        "bytes",
        fmt::format("{} never came back: {} hex", io::counted(values, "byte value"), fmt::join(never, ", ")),
        "set what is on the way to raw, with 8 data bits and without XON/XOFF", static_cast<double>(values)));
  const std::uint64_t bad = result.lost + result.changed + result.added;
  if (bad > explained)
    findings.push_back(
        fault(kAbout,
              fmt::format("of {}, {} were lost, {} changed ({}), {} added", count, result.lost,
                          result.changed, io::counted(result.flipped, "bit"), result.added),
              result.lost > result.changed
                  ? "bytes get lost on the way in: use a lower speed, or --rtscts if the wires are there"
                  : "the plug, the cable or the adapter is bad, or the speed is too high for it",
              static_cast<double>(bad)));
  return findings;
}

Findings LoopTest::findings() const {
  if (received_.empty())
    return {fault(kAbout, "nothing came back", "join RX and TX at the end of the cable, and nothing else")};
  Findings findings = judge_bytes();
  if (const auto measured = rate())
    findings.push_back(
        fact("speed", fmt::format("{:.0f} bytes/s came back, nominal {}", *measured, rate_), "", *measured));
  const double trip = to_seconds(first_back_ - first_sent_) * 1000;
  findings.push_back(
      fact("round trip", fmt::format("{:.1f} ms for {}", trip, io::counted(kFirst, "byte")), "", trip));
  return findings;
}

}  // namespace serialtcp::doctor
