// What a serial device is made of, as far as the system tells.
#pragma once

#include <sys/types.h>

#include <string>

namespace serialtcp::io {

/// What is not known is empty. Texts of devices are printable and short.
struct Hardware {
  std::string driver;    ///< "ftdi_sio"
  std::string vendor;    ///< of a USB device: "0403"
  std::string product;   ///< "6001"
  std::string maker;     ///< "FTDI"
  std::string name;      ///< "FT232R USB UART"
  std::string serial;    ///< "A1B2C3"
  std::string location;  ///< "1-1.2": where it is plugged in

  bool operator==(const Hardware&) const = default;
};

/// Of a directory of sysfs that stands for the device.
Hardware hardware_at(const std::string& directory);

/// "ftdi_sio, 0403:6001": the driver, and of a USB device its vendor and product. Empty if nothing is known.
std::string hardware_text(dev_t device);

std::string hardware_text(const Hardware& hardware);

/// Whether the system knows that a character device does not pass bytes on to another program or machine. It is not even
/// opened then, which alone may have an effect: a watchdog starts to run.
bool carries_nothing(dev_t device);

}  // namespace serialtcp::io
