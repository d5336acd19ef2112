// ServedPort: what the server's part of RFC 2217 needs of a serial port. Values are those of the RFC; 0 as a baud rate,
// size, parity or stop size changes nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::telnet {

/// Each function sets what is asked for, as far as it can be set, and returns what is in force then.
class ServedPort {
 public:
  virtual ~ServedPort() = default;

  virtual std::uint32_t set_baud(std::uint32_t wanted) = 0;
  virtual Byte set_data_size(Byte wanted) = 0;
  virtual Byte set_parity(Byte wanted) = 0;
  virtual Byte set_stop_size(Byte wanted) = 0;
  /// kAskFlowControl, kNoFlowControl ... kHardwareFlowControl, kDcdFlowControl, kDsrFlowControl.
  virtual Byte set_flow(Byte wanted) = 0;
  /// kAskInboundFlow ... kInboundHardware, kInboundDtr.
  virtual Byte set_inbound_flow(Byte wanted) = 0;
  /// kAskBreak, kBreakOn, kBreakOff.
  virtual Byte set_break(Byte wanted) = 0;

  struct Pins {
    std::optional<Byte> dtr = {};  ///< kDtrOn, kDtrOff
    std::optional<Byte> rts = {};  ///< kRtsOn, kRtsOff

    bool operator==(const Pins&) const = default;
  };
  /// Those that are given, at the same time; the others stay. Returns both.
  virtual Pins set_pins(const Pins& wanted) = 0;

  /// kPurgeReceived, kPurgeToSend or kPurgeBoth.
  virtual void purge(Byte what) = 0;

  /// Bits of kModemStates.
  virtual Byte modem_state() = 0;
};

}  // namespace serialtcp::telnet
