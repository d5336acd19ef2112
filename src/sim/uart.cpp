#include "sim/uart.h"

#include <algorithm>

namespace serialtcp::sim {

namespace {

const SpeedRule* rule_for(const std::vector<SpeedRule>& rules, std::uint32_t speed) {
  const auto it = std::ranges::find_if(
      rules, [speed](const SpeedRule& rule) { return rule.first <= speed && speed <= rule.last; });
  return it != rules.end() ? &*it : nullptr;
}

}  // namespace

std::uint32_t Uart::taken(std::uint32_t asked, std::uint32_t before) const {
  const SpeedRule* const rule = rule_for(rules, asked);
  if (rule == nullptr || rule->then == SpeedRule::Then::divides) return asked;
  return rule->then == SpeedRule::Then::refuses ? before : rule->speed;
}

std::uint32_t Uart::real(std::uint32_t taken) const {
  if (taken == 0) return 0;
  const SpeedRule* const rule = rule_for(rules, taken);
  const bool wrong = rule != nullptr && rule->then == SpeedRule::Then::divides;
  const std::int64_t nominal = wrong ? rule->speed : taken;
  constexpr std::int64_t kMillion = 1'000'000;
  const std::int64_t real = (nominal * (kMillion + clock_error) + kMillion / 2) / kMillion;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(real, 1, kMaxBaud));
}

LineSettings Uart::real(const LineSettings& taken) const {
  LineSettings line = taken;
  line.baud = real(taken.baud);
  return line;
}

}  // namespace serialtcp::sim
