// The latency timer of a USB adapter: how long its chip waits for more bytes before it passes on what has arrived. Works on the
// names of devices, and opens none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace serialtcp::io {

/// In milliseconds; empty if the driver of the device at `path` has none. `root`: of the file system, for tests.
std::optional<unsigned> latency_timer(const std::string& path, const std::string& root = "");

/// Sets it, for as long as latency_lasts() says. The error is the system's.
std::error_code set_latency_timer(const std::string& path, unsigned milliseconds,
                                  const std::string& root = "");

/// What is said of that: "as root"; what to do if it was refused; "until the adapter is unplugged".
std::string_view latency_setter();
std::string_view latency_advice();
std::string_view latency_lasts();

/// What kind of UART the device is, as "16550A"; empty if its driver does not say it.
std::string uart_chip(const std::string& path, const std::string& root = "");

}  // namespace serialtcp::io
