#include "port/rs485.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "os/text.h"
#include "os/whole_number.h"
#include "port/url_options.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kRs485Words =
    "rts-on-send, rts-after-send, delay-before=MS, delay-after=MS and rx-during-tx";
constexpr std::string_view kDelayBefore = "delay-before";
constexpr std::string_view kDelayAfter = "delay-after";

std::expected<std::chrono::milliseconds, std::string> parse_delay(std::string_view name,
                                                                  std::string_view text) {
  const auto number = whole_number<std::int32_t>(text);
  if (!number || *number < 0 || *number > Rs485::kMaxDelay.count())
    return std::unexpected(fmt::format("{}={} is no number of milliseconds up to {}", name, printable(text),
                                       Rs485::kMaxDelay.count()));
  return std::chrono::milliseconds(*number);
}

}  // namespace

std::expected<Rs485, std::string> parse_rs485(std::string_view text) {
  Rs485 rs485;
  std::optional<Pin> rts;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
    const SplitUrl parts = split_url(word, '=');
    if (word == "rts-on-send" || word == "rts-after-send") {
      const Pin one = word == "rts-on-send" ? Pin::high : Pin::low;
      if (rts.value_or(one) != one)
        return std::unexpected(
            "rts-on-send and rts-after-send exclude each other: RTS is on while it sends, or "
            "after that");
      rts = rs485.rts_on_send = one;
    } else if (word == "rx-during-tx") {
      rs485.receiver = Rs485::WhileSending::receives;
    } else if (parts.place == kDelayBefore || parts.place == kDelayAfter) {
      const auto delay = parse_delay(parts.place, parts.options);
      if (!delay) return std::unexpected(delay.error());
      (parts.place == kDelayBefore ? rs485.delay_before : rs485.delay_after) = *delay;
    } else {
      return std::unexpected(fmt::format("'{}' is not known; known here: {}", printable(word), kRs485Words));
    }
  }
  return rs485;
}

std::string rs485_text(const Rs485& rs485) {
  std::string text = rs485.rts_on_send == Pin::high ? "rts-on-send" : "rts-after-send";
  if (rs485.delay_before.count() > 0) text += fmt::format(",{}={}", kDelayBefore, rs485.delay_before.count());
  if (rs485.delay_after.count() > 0) text += fmt::format(",{}={}", kDelayAfter, rs485.delay_after.count());
  if (rs485.receiver == Rs485::WhileSending::receives) text += ",rx-during-tx";
  return text;
}

}  // namespace serialtcp::io
