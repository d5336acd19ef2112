// ShareReporter: the log of a shared port. That of a link, but for what happens to its clients while the device is away.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/reporter.h"
#include "port/serial_ports.h"
#include "share/share_config.h"

namespace serialtcp::cli {

class ShareReporter final : public Reporter {
 public:
  using Reporter::Reporter;

  void line_awaited(std::string_view line, std::string_view reason) override {
    say(LogEvent::device_waiting,
        fmt::format("waiting for {}: {}{}", line, reason, io::other_ports(std::string(line))));
  }
  void line_lost(std::string_view line, std::string_view reason) override {
    say(LogEvent::device_lost,
        fmt::format("lost {}: {}; clients stay connected, and go on when it returns", line, reason));
  }
};

/// What a reporter has to know of it.
inline LinkOptions options_for_log(const share::ShareConfig& config) {
  LinkOptions options;
  options.port = config.device;
  options.serial = config.serial;
  return options;
}

}  // namespace serialtcp::cli
