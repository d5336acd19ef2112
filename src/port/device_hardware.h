// What a serial device is made of, as far as the system tells.
#pragma once

#include <sys/types.h>

#include <string>

namespace serialtcp::io {

/// "ftdi_sio, 0403:6001": the driver, and of a USB device its vendor and product. Empty if nothing is known.
std::string hardware_text(dev_t device);

/// The same of a directory of sysfs that stands for the device.
std::string hardware_text_at(const std::string& directory);

/// Whether the system knows that a character device does not pass bytes on to another program or machine. It is not even
/// opened then, which alone may have an effect: a watchdog starts to run.
bool carries_nothing(dev_t device);

}  // namespace serialtcp::io
