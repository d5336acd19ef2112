#include "sim/line_settings.h"

#include <algorithm>

#include "base/check.h"

namespace serialtcp::sim {

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kMaxCharacters = std::uint64_t{1} << 20;

std::uint64_t divide_up(std::uint64_t dividend, std::uint64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

}  // namespace

std::uint32_t half_bits_per_character(const LineSettings& settings) {
  const std::uint32_t parity = settings.parity == Parity::none ? 0 : 2;
  const std::uint32_t stop = 2 + static_cast<std::uint32_t>(settings.stop_bits);
  return 2 + 2U * settings.data_bits + parity + stop;
}

Duration character_time(const LineSettings& settings, std::uint64_t characters) {
  CHECK(characters <= kMaxCharacters);
  if (settings.baud == 0) return Duration{0};
  // 2^20 characters * 24 half bits * 10^9 < 2^55.
  const std::uint64_t work = characters * half_bits_per_character(settings) * kNanosecondsPerSecond;
  return Duration{static_cast<Duration::rep>(divide_up(work, std::uint64_t{settings.baud} * 2))};
}

std::uint64_t characters_within(const LineSettings& settings, Duration elapsed, std::uint64_t limit) {
  if (elapsed < Duration{0}) return 0;
  if (elapsed >= character_time(settings, limit)) return limit;
  // elapsed * baud is below the work of `limit` characters, so it fits as well.
  const std::uint64_t half_bits_done = static_cast<std::uint64_t>(elapsed.count()) * settings.baud * 2;
  return std::min(limit, half_bits_done / (half_bits_per_character(settings) * kNanosecondsPerSecond));
}

bool understands(const LineSettings& receiver, const LineSettings& sender) {
  if (receiver.data_bits != 8 || sender.data_bits != 8 || receiver.parity != sender.parity) return false;
  if (receiver.baud == 0 || sender.baud == 0) return true;
  const std::uint64_t slow = std::min(receiver.baud, sender.baud);
  const std::uint64_t fast = std::max(receiver.baud, sender.baud);
  return (fast - slow) * 25 <= fast;
}

double bit_loss(std::uint32_t baud, std::uint32_t limit) {
  if (limit == 0 || baud <= limit) return 0;
  const double beyond = 1 - static_cast<double>(limit) / baud;
  return 0.5 * beyond * beyond * beyond * beyond;
}

}  // namespace serialtcp::sim
