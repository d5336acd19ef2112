#include "port/port_wish.h"

#include "port/telnet_settings.h"

namespace serialtcp::io {

using namespace telnet::com_port;

telnet::PortWish port_wish(const SerialSettings& settings) {
  telnet::PortWish wish;
  wish.baud = settings.baud;
  wish.data_size = settings.data_bits;
  wish.parity = number_of(kParityNumbers, settings.parity);
  wish.stop_size = number_of(kStopNumbers, settings.stop_bits);
  wish.flow = number_of(kFlowNumbers, settings.flow_control);
  return wish;
}

void wish_pins(std::optional<Pin> dtr, std::optional<Pin> rts, telnet::PortWish& wish) {
  if (dtr) wish.dtr = *dtr == Pin::high ? kDtrOn : kDtrOff;
  if (rts) wish.rts = *rts == Pin::high ? kRtsOn : kRtsOff;
}

ModemLines modem_lines_in(Byte state, Pin dtr, Pin rts) {
  const auto level = [state](Byte bit) { return (state & bit) != 0 ? Pin::high : Pin::low; };
  return {.cts = level(kCts),
          .dsr = level(kDsr),
          .ring = level(kRing),
          .carrier = level(kCarrier),
          .dtr = dtr,
          .rts = rts};
}

}  // namespace serialtcp::io
