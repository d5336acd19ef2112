// Names of serial ports as Windows has them: COM3, or \\.\COM12 as other programs write it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::io {

/// The highest number that Windows gives to a port.
inline constexpr unsigned kMaxComNumber = 256;

/// What CreateFile() wants: "com12" becomes "\\.\COM12", since without that prefix only COM1 to COM9 are devices. Other names are
/// left as they are.
std::string com_path(std::string_view name);

/// The ports that there are, in the order of their numbers, at most kMaxComNumber.
std::vector<std::string> com_ports();

}  // namespace serialtcp::io
