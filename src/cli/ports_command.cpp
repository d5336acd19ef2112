#include "cli/ports_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "cli/run.h"
#include "os/json_text.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kPortsUsage = "usage: serialtcp ports [--json]\n";

void print_to(std::FILE* where, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), where);
}

std::vector<PortShown> ports_here() {
  std::vector<PortShown> shown;
  for (io::PortFound& port : io::serial_ports()) {
    PortShown one{std::move(port), {}};
    one.holders = io::HolderLook::shared().holders_of(one.port.path);
    const auto locked_by = io::flock_holder_of(one.port.path);
    if (locked_by && std::ranges::find(one.holders, *locked_by) == one.holders.end())
      one.holders.push_back(*locked_by);
    shown.push_back(std::move(one));
  }
  return shown;
}

std::string ports_row(std::string_view what, std::string_view text) {
  return text.empty() ? "" : fmt::format("  {:<8}{}\n", what, text);
}

std::string ports_member(std::string_view name, std::string_view text) {
  return fmt::format("\"{}\":{},", name, text.empty() ? "null" : io::json_string(text));
}

std::string json_of(const PortShown& shown) {
  const io::PortFound& port = shown.port;
  std::string text =
      "{" + ports_member("path", port.path) + ports_member("by_id", port.by_id) +
      ports_member("driver", port.parts.driver) + ports_member("usb_vendor", port.parts.vendor) +
      ports_member("usb_product", port.parts.product) + ports_member("manufacturer", port.parts.maker) +
      ports_member("product", port.parts.name) + ports_member("serial", port.parts.serial) +
      ports_member("location", port.parts.location) + "\"used_by\":[";
  for (const io::Holder& holder : shown.holders) {
    if (!text.ends_with('[')) text += ',';
    text += fmt::format("{{\"pid\":{},\"command\":{}}}", holder.process, io::json_string(holder.command));
  }
  return text + "]}";
}

}  // namespace

std::string ports_text(const std::vector<PortShown>& ports) {
  std::string text;
  for (const PortShown& shown : ports) {
    const io::Hardware& parts = shown.port.parts;
    text += shown.port.path + "\n";
    text += ports_row("name", shown.port.by_id);
    text += ports_row("driver", parts.driver);
    if (parts.vendor.empty()) {
      text += ports_row("device", parts.name);
    } else {
      const std::string_view blank = parts.maker.empty() || parts.name.empty() ? "" : " ";
      text += ports_row(
          "usb", fmt::format("{}:{}  {}{}{}", parts.vendor, parts.product, parts.maker, blank, parts.name));
    }
    text += ports_row("serial", parts.serial);
    for (const io::Holder& holder : shown.holders) text += ports_row("in use", text_of(holder));
  }
  return text;
}

std::string ports_json(const std::vector<PortShown>& ports) {
  std::string text = "[";
  for (const PortShown& shown : ports) {
    if (text.size() > 1) text += ',';
    text += json_of(shown);
  }
  return text + "]\n";
}

int ports_command(std::span<const char* const> args) {
  const std::string_view only = args.size() == 2 ? args[1] : "";
  if (only == "--help" || only == "-h") {
    print_to(stdout, kPortsUsage);
    print_to(
        stdout,
        "\nLists the serial ports of this machine: the name that stays the same when an adapter is plugged in\n"
        "elsewhere, the driver, the USB ids (vendor:product), and which programs use it, as far as you may\n"
        "see that. Exit status: 0 there are some; 1 there are none, or standard output cannot be written;\n"
        "2 wrong usage\n");
    return kExitOk;
  }
  if (args.size() > 1 && only != "--json") {
    print_to(stderr, fmt::format("serialtcp ports: only --json is expected\n{}", kPortsUsage));
    return kExitUsage;
  }
  const std::vector<PortShown> ports = ports_here();
  print_to(stdout, only == "--json" ? ports_json(ports) : ports_text(ports));
  if (std::fflush(stdout) != 0) {
    print_to(stderr, "serialtcp ports: standard output cannot be written\n");
    return kExitCannotOpen;
  }
  if (!ports.empty()) return kExitOk;
  if (only != "--json") print_to(stderr, "No serial port was found on this machine.\n");
  return kExitCannotOpen;
}

}  // namespace serialtcp::cli
