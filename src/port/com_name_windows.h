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

/// Whether Windows knows a device of this name, which may be a com_path(), or a file of this path: opening that says more.
bool is_device_there(std::string_view name);

/// The ports that there are, in the order of their numbers, at most kMaxComNumber.
std::vector<std::string> com_ports();

/// The ports that this process has open, as com_path(): Windows does not say who has one. From the loop's thread only.
void note_own_port(const std::string& path);
void forget_own_port(const std::string& path);
bool is_own_port(const std::string& path);

}  // namespace serialtcp::io
