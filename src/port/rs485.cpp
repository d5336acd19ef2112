#include "port/rs485.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/error_text.h"
#include "os/text.h"
#include "os/whole_number.h"
#include "port/device_hardware.h"
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

/// What has no such request, and what has refused it.
OpenError rs485_error(int fd, int error, const std::string& name) {
  using enum OpenError::Kind;
  if (error != ENOTTY && error != ENOSYS && error != EOPNOTSUPP)
    return {unusable, fmt::format("its driver refuses these settings of --rs485 ({}): try others, such as "
                                  "--rs485=rts-on-send without delays",
                                  plain_text(error))};
  struct stat info {};
  const std::string hardware = ::fstat(fd, &info) == 0 ? hardware_text(info.st_rdev) : "";
  return {unusable,
          fmt::format(
              "the driver of {}{} cannot switch an RS-485 transceiver (it has no TIOCSRS485): start without "
              "--rs485 if the adapter switches by itself, as most USB adapters do, or use a port whose "
              "driver can",
              name, hardware.empty() ? "" : fmt::format(" ({})", hardware))};
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

std::expected<void, OpenError> Rs485Switch::set(int fd, const std::string& name,
                                                const std::optional<Rs485>& wanted, Observer& observer) {
  before_.reset();
  chosen_.reset();
  if (!wanted) return {};
  auto before = save_rs485(fd);
  if (!before) return std::unexpected(rs485_error(fd, before.error(), name));
  const auto chosen = apply_rs485(fd, *wanted);
  if (!chosen) return std::unexpected(rs485_error(fd, chosen.error(), name));
  before_ = *before;
  chosen_ = *chosen;
  if (*chosen != *wanted)
    observer.note(
        fmt::format("WARNING: the driver of {} was asked for --rs485={} and has set {}: use what it can "
                    "do, if bytes at the beginning or end of a transmission are lost",
                    name, rs485_text(*wanted), rs485_text(*chosen)));
  return {};
}

std::optional<std::string> Rs485Switch::set_again(int fd) {
  if (!chosen_) return std::nullopt;
  const auto current = current_rs485(fd);
  if (current == chosen_) return std::nullopt;
  static_cast<void>(apply_rs485(fd, *chosen_));  // if it fails, this is found again
  return current ? fmt::format("RS-485 {} instead of {}", rs485_text(*current), rs485_text(*chosen_))
                 : "RS-485 off";
}

void Rs485Switch::restore(int fd) {
  if (before_) restore_rs485(fd, *before_);
  before_.reset();
  chosen_.reset();
}

std::string Rs485Switch::text() const {
  return chosen_ ? "RS-485 " + rs485_text(*chosen_) : "";
}

}  // namespace serialtcp::io
