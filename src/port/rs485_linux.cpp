// TIOCGRS485 and TIOCSRS485 (Documentation/driver-api/serial/serial-rs485.rst of Linux).
#include <linux/serial.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "port/rs485_switch_posix.h"

namespace serialtcp::io {

static_assert(sizeof(serial_rs485) <= sizeof(SavedRs485::bytes));

namespace {

// Newer headers have them as unsigned long.
constexpr auto kRs485Enabled = static_cast<std::uint32_t>(SER_RS485_ENABLED);
constexpr auto kRtsOnSend = static_cast<std::uint32_t>(SER_RS485_RTS_ON_SEND);
constexpr auto kRtsAfterSend = static_cast<std::uint32_t>(SER_RS485_RTS_AFTER_SEND);
constexpr auto kRxDuringTx = static_cast<std::uint32_t>(SER_RS485_RX_DURING_TX);

std::uint32_t rs485_flags(const Rs485& wanted) {
  return kRs485Enabled | (wanted.rts_on_send == Pin::high ? kRtsOnSend : kRtsAfterSend) |
         (wanted.receiver == Rs485::WhileSending::receives ? kRxDuringTx : 0U);
}

Rs485 rs485_of(const serial_rs485& driver) {
  Rs485 rs485;
  if ((driver.flags & kRtsOnSend) == 0) rs485.rts_on_send = Pin::low;
  if ((driver.flags & kRxDuringTx) != 0) rs485.receiver = Rs485::WhileSending::receives;
  rs485.delay_before = std::chrono::milliseconds(driver.delay_rts_before_send);
  rs485.delay_after = std::chrono::milliseconds(driver.delay_rts_after_send);
  return rs485;
}

}  // namespace

std::expected<SavedRs485, int> save_rs485(int fd) {
  serial_rs485 driver{};
  if (::ioctl(fd, TIOCGRS485, &driver) != 0) return std::unexpected(errno);
  SavedRs485 saved;
  std::memcpy(saved.bytes.data(), &driver, sizeof driver);
  return saved;
}

std::expected<Rs485, int> apply_rs485(int fd, const Rs485& wanted) {
  // What is not asked for, such as a termination of the bus, stays as it is.
  serial_rs485 driver{};
  if (::ioctl(fd, TIOCGRS485, &driver) != 0) return std::unexpected(errno);
  driver.flags = (driver.flags & ~(kRtsOnSend | kRtsAfterSend | kRxDuringTx)) | rs485_flags(wanted);
  driver.delay_rts_before_send = static_cast<std::uint32_t>(wanted.delay_before.count());
  driver.delay_rts_after_send = static_cast<std::uint32_t>(wanted.delay_after.count());
  // The kernel writes back what the driver has accepted.
  if (::ioctl(fd, TIOCSRS485, &driver) != 0) return std::unexpected(errno);
  if ((driver.flags & kRs485Enabled) == 0) return std::unexpected(ENOTTY);
  return rs485_of(driver);
}

void restore_rs485(int fd, const SavedRs485& saved) {
  serial_rs485 driver{};
  std::memcpy(&driver, saved.bytes.data(), sizeof driver);
  ::ioctl(fd, TIOCSRS485, &driver);
}

std::optional<Rs485> current_rs485(int fd) {
  serial_rs485 driver{};
  if (::ioctl(fd, TIOCGRS485, &driver) != 0 || (driver.flags & kRs485Enabled) == 0) return std::nullopt;
  return rs485_of(driver);
}

}  // namespace serialtcp::io
