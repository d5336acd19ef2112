// Consoles that are reached through another process of this program: at the other end of its link, or as a service there.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "cli/running_processes.h"
#include "console/console_config.h"
#include "os/asio.h"
#include "port/line.h"

namespace serialtcp::cli {

/// A line, or a sentence.
using ConsoleLine = std::expected<std::unique_ptr<io::Line>, std::string>;

/// The device that a user means by a name without a folder, such as ttyUSB0; empty if there is none.
std::string device_named(const std::string& name);
bool is_device_name(const std::string& name);

/// The processes that may have the device.
RunningProcesses those_that_may_have(const console::ConsoleConfig& config, const std::string& device);

/// If a link of one of them has the device: the console of its other end, or why there is none.
std::optional<ConsoleLine> through_link(io::asio::io_context& context, RunningProcesses& running,
                                        const std::string& device);

/// A name that is no line: of a link, or of a service of the other end.
ConsoleLine stream_to(io::asio::io_context& context, const console::ConsoleConfig& config,
                      const std::string& name);

bool is_same_device(const std::string& one, const std::string& other);

}  // namespace serialtcp::cli
