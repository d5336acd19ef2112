// PortWatch: what happens at a shared port beside bytes, while a client wants to know of it: its pins, and errors on the
// line.
#pragma once

#include <optional>

#include "os/alarm.h"
#include "os/asio.h"
#include "port/line_errors.h"
#include "port/modem_lines.h"
#include "port/serial_port.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::share {

class PortWatch {
 public:
  /// Errors are looked at in this interval, and the pins, if the driver does not report changes.
  static constexpr Duration kLook = std::chrono::milliseconds(100);
  /// The pins in any case. Once this has found a change that was not reported, the driver is not relied on.
  static constexpr Duration kSeldom = std::chrono::seconds(1);

  /// Of which a client wants to know.
  struct Wanted {
    bool pins = false;
    bool errors = false;
  };

  class User {
   public:
    virtual ~User() = default;
    virtual Wanted wanted() const = 0;
    /// They may have changed.
    virtual void look_at_pins() = 0;
    /// Bits of kNotifyLineState that have occurred.
    virtual void had_errors(Byte bits) = 0;
  };

  /// All references outlive it.
  PortWatch(io::asio::io_context& context, io::SerialPort& port, User& user);

  /// The user may want something else now.
  void update();
  /// The port is open again.
  void reopened();
  void stop();

 private:
  void look();
  void look_at_pins();
  std::optional<io::ModemLines> inputs() const;

  io::SerialPort& port_;
  User& user_;
  std::optional<io::LineErrors> errors_;
  std::optional<io::ModemLines>
      pins_;              ///< that the device reads, at the last look; empty: no client wants to know
  bool reported_ = true;  ///< all changes of pins that were found, as far as is known
  Duration interval_{};   ///< 0: nothing is looked at
  io::Alarm alarm_;
};

}  // namespace serialtcp::share
