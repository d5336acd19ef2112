#include "port/rs485_switch_posix.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/error_text.h"
#include "port/device_hardware_posix.h"
#include "port/rs485.h"

namespace serialtcp::io {

namespace {

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
