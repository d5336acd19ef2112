// What a serial device is made of, as far as the system tells.
#pragma once

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
  std::string part;      ///< ":1.0": which interface of it, and ":1.0.1" which port of that

  bool operator==(const Hardware&) const = default;
};

/// "ftdi_sio, 0403:6001": the driver, and of a USB device its vendor and product. Empty if nothing is known.
std::string hardware_text(const Hardware& hardware);

/// What a USB adapter is recognised by: its ids and its serial number, or where it is plugged in if it has none; and which of its
/// ports. Empty for others.
std::string adapter_text(const Hardware& hardware);

}  // namespace serialtcp::io
