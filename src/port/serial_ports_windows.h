// What the name tells that Windows has given to a device of a USB.
#pragma once

#include <string_view>

#include "port/device_hardware.h"

namespace serialtcp::io {

/// `instance`: of the port, such as "USB\VID_10C4&PID_EA60\0001" or "FTDIBUS\VID_0403+PID_6001+A1B2C3A\0000"; `parent`: of what
/// it is a part of, which has the serial number of an adapter with several ports. Of other devices: what is not known.
Hardware hardware_of_instance(std::string_view instance, std::string_view parent);

}  // namespace serialtcp::io
