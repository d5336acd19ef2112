// The server's part of RFC 2217, for one client: it carries out what the client asks of the serial port, in the order in
// which it is asked, and answers with the values in force; and it notifies the client of what happens at the port.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serialtcp/bytes.h"
#include "telnet/codes.h"
#include "telnet/served_port.h"

namespace serialtcp::telnet {

class ComPortServer {
 public:
  /// A longer one of the client is cut off.
  static constexpr std::size_t kMaxSignature = 64;

  /// `port` outlives it. `signature` is what a client is told that asks for one.
  ComPortServer(ServedPort& port, std::string signature);

  /// The value of a subnegotiation; answers are appended. What is not understood is ignored.
  void receive(ByteView value, Bytes& out);

  /// Pins that arrive together are set together. Sets those that have arrived and answers. To be called before anything
  /// else that the client sends is carried out, and when nothing more has arrived.
  void settle(Bytes& out);

  /// The client has agreed to the option: notifies it of the state of the pins.
  void begin(Bytes& out);
  /// Looks at the pins, and notifies the client of changes of which it wants to know.
  void look_at_pins(Bytes& out);
  /// Bits of kNotifyLineState that have occurred.
  void notify_line_state(Byte bits, Bytes& out) const;

  /// The client wants no data for now.
  bool suspended() const { return suspended_; }
  /// Whether it wants to know of changes of the pins, and of errors on the line.
  bool watches_pins() const { return begun_ && modem_mask_ != 0; }
  bool watches_line() const { return begun_ && line_mask_ != 0; }
  /// What the client has said that it is, the first time after which this is asked.
  std::optional<std::string> take_signature();

 private:
  void control(Byte value, Bytes& out);
  void want_pin(Byte value, Bytes& out);
  void answer(Byte command, Byte value, Bytes& out) const;
  void answer_baud(ByteView wanted, Bytes& out);
  void hear_signature(ByteView text, Bytes& out);

  ServedPort& port_;
  std::string signature_;
  ServedPort::Pins pins_ = {};       ///< to be set
  std::vector<Byte> pins_in_order_;  ///< the same: two at most
  Byte line_mask_ = 0;
  Byte modem_mask_ = 0xFF;  ///< what the RFC has it begin with, as line_mask_
  Byte modem_state_ = 0;    ///< bits of kModemStates that the client knows
  bool begun_ = false;
  bool suspended_ = false;
  std::optional<std::string> heard_;
};

}  // namespace serialtcp::telnet
