// What a device with a number is made of.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "port/device_hardware.h"

namespace serialtcp::io {

/// Of a directory of sysfs that stands for the device.
Hardware hardware_at(const std::string& directory);

std::string hardware_text(dev_t device);
std::string adapter_text(dev_t device);

/// Whether a directory of sysfs stands for a serial port that has a driver and is none of these consoles of the kernel
/// ("tty0 ttyS0").
bool is_hardware_port(const std::string& directory, std::string_view consoles);
bool is_hardware_port(dev_t device);

/// Whether the system knows that a character device does not pass bytes on to another program or machine. It is not even
/// opened then, which alone may have an effect: a watchdog starts to run.
bool carries_nothing(dev_t device);

}  // namespace serialtcp::io
