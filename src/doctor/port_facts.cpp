#include "doctor/port_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "os/text.h"
#include "port/latency_timer.h"

namespace serialtcp::doctor {

namespace {

using io::Pin;

constexpr std::string_view kWarning = "WARNING: ";

std::string hardware_line(const PortOutside& port) {
  std::vector<std::string> words;
  const io::Hardware& parts = port.parts;
  if (!parts.driver.empty()) words.push_back(fmt::format("driver {}", parts.driver));
  if (!port.chip.empty()) words.push_back(fmt::format("chip {}", port.chip));
  if (!parts.vendor.empty()) words.push_back(fmt::format("usb {}:{}", parts.vendor, parts.product));
  if (!parts.maker.empty() || !parts.name.empty()) {
    const std::string_view blank = parts.maker.empty() || parts.name.empty() ? "" : " ";
    words.push_back(fmt::format("{}{}{}", parts.maker, blank, parts.name));
  }
  if (!parts.serial.empty()) words.push_back(fmt::format("serial number {}", parts.serial));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string_view level(Pin pin) {
  return pin == Pin::high ? "on" : "off";
}

std::string latency_command(const PortOutside& port) {
  return fmt::format("serialtcp test --fix {} sets it to 1 ms ({})", port.name, io::latency_setter());
}

Finding pins_finding(const io::ModemLines& pins, io::FlowControl flow) {
  std::string text =
      fmt::format("CTS {}, DSR {}, DCD {}, RI {}; of this end DTR {}, RTS {}", level(pins.cts),
                  level(pins.dsr), level(pins.carrier), level(pins.ring), level(pins.dtr), level(pins.rts));
  if (flow == io::FlowControl::rts_cts && pins.cts == Pin::low)
    return fault(
        "pins", std::move(text),
        "with --rtscts nothing is sent while CTS is off: connect CTS to RTS of the other end, switch flow "
        "control on there, or leave --rtscts out");
  return fact("pins", std::move(text));
}

}  // namespace

Findings judge_outside(const PortOutside& port) {
  Findings findings;
  findings.push_back(fact("port", port.name));
  if (!port.by_id.empty())
    findings.push_back(fact("name", fmt::format("{} stays the same wherever it is plugged in", port.by_id)));
  if (std::string line = hardware_line(port); !line.empty())
    findings.push_back(fact("hardware", std::move(line)));
  return findings;
}

Findings judge_inside(const PortOutside& outside, const PortInside& port) {
  Findings findings;
  if (!port.opened_as.empty()) findings.push_back(fact("opened", port.opened_as));
  for (const std::string& note : port.notes) {
    if (!note.starts_with(kWarning)) {
      findings.push_back(fact("note", note));
      continue;
    }
    // "X is so: do that", of which there may be several colons: what to do is behind the last one.
    const std::string text = note.substr(kWarning.size());
    const std::size_t colon = text.rfind(": ");
    findings.push_back(
        fault("port", text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 2)));
  }
  if (port.latency && *port.latency > kLongestLatency) {
    findings.push_back(fault("latency",
                             fmt::format("the adapter holds bytes back for up to {} ms", *port.latency),
                             latency_command(outside), *port.latency));
  } else if (port.latency) {
    const std::string before = outside.latency && *outside.latency != *port.latency
                                   ? fmt::format(" while it is open here, {} ms otherwise", *outside.latency)
                                   : "";
    findings.push_back(
        fact("latency", fmt::format("the adapter holds bytes back for up to {} ms{}", *port.latency, before),
             before.empty() ? "" : "for other programs: " + latency_command(outside), *port.latency));
  }
  if (port.pins) findings.push_back(pins_finding(*port.pins, port.flow));
  if (port.errors) {
    const std::string text = errors_text(*port.errors);
    findings.push_back(fact("counters", text.empty() ? "no errors since the system was started"
                                                     : text + " since the system was started"));
  }
  return findings;
}

std::optional<io::LineErrors> errors_between(const std::optional<io::LineErrors>& before,
                                             const std::optional<io::LineErrors>& after) {
  if (!before || !after) return std::nullopt;
  // They wrap.
  return io::LineErrors{.overruns = after->overruns - before->overruns,
                        .parity = after->parity - before->parity,
                        .framing = after->framing - before->framing,
                        .breaks = after->breaks - before->breaks};
}

std::string errors_text(const io::LineErrors& errors) {
  std::vector<std::string> words;
  const auto add = [&words](std::uint32_t count, std::string_view what) {
    if (count > 0) words.push_back(io::counted(count, what));
  };
  add(errors.overruns, "overrun");
  add(errors.framing, "framing error");
  add(errors.parity, "parity error");
  add(errors.breaks, "break");
  return fmt::format("{}", fmt::join(words, ", "));
}

Finding judge_wires(bool cts_follows_rts, io::FlowControl flow) {
  constexpr std::string_view kWires = "flow wires";
  if (cts_follows_rts) return fact(kWires, "CTS follows RTS: both wires are there, and joined at the end");
  const std::string text = "CTS does not follow RTS: a wire is missing, or they are not joined at the end";
  if (flow == io::FlowControl::rts_cts)
    return fault(kWires, text, "join RTS and CTS at the end of the cable, or leave --rtscts out");
  return fact(kWires, text);
}

Findings judge_errors(const io::LineErrors& errors, io::FlowControl flow) {
  Findings findings;
  if (errors.overruns > 0) {
    const bool wires = flow == io::FlowControl::rts_cts;
    findings.push_back(fault("counters",
                             fmt::format("{} during the test: bytes were lost in this machine",
                                         io::counted(errors.overruns, "overrun")),
                             wires
                                 ? "choose a lower speed, or an adapter with a larger FIFO"
                                 : "use --rtscts at both ends, if the cable has the wires; or a lower speed",
                             errors.overruns));
  }
  if (errors.parity > 0)
    findings.push_back(fault("counters",
                             fmt::format("{} during the test", io::counted(errors.parity, "parity error")),
                             "give both ends the same --parity", errors.parity));
  return findings;
}

}  // namespace serialtcp::doctor
