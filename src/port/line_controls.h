// LineControls: what a line can do beside carrying bytes, if it is a serial port: its pins and a break.
#pragma once

#include <cstdint>
#include <optional>

#include "port/line_errors.h"
#include "port/modem_lines.h"
#include "port/serial_settings.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class LineControls {
 public:
  enum class Break : std::uint8_t { off, on };

  virtual ~LineControls() = default;

  /// Both pins that are given change at the same time. A device without pins only remembers them.
  virtual void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) = 0;
  /// As they were set; high if nobody has set them here.
  virtual Pin dtr() const = 0;
  virtual Pin rts() const = 0;
  /// Empty where there are no such lines, or where they are not known.
  virtual std::optional<ModemLines> modem_lines() const = 0;
  /// Keeps the line in the state of a break, or ends it. What was written before may have to be sent first, and this call
  /// waits for it: see BreakSwitch.
  virtual void set_break(Break wanted) = 0;
  /// Errors since the system was started; empty if the driver does not count them, or they are not known.
  virtual std::optional<LineErrors> errors() const { return {}; }
  /// How long the last bytes may still be on their way when Line::unsent() is 0.
  virtual Duration last_bytes() const = 0;
};

}  // namespace serialtcp::io
