#include "port/port_wish.h"

#include <array>

namespace serialtcp::io {

using namespace telnet::com_port;

telnet::PortWish port_wish(const SerialSettings& settings) {
  // In the order of the enumerations.
  constexpr std::array kParities = {kParityNone, kParityEven, kParityOdd, kParitySpace, kParityMark};
  constexpr std::array kStopSizes = {kStopOne, kStopOneAndAHalf, kStopTwo};
  telnet::PortWish wish;
  wish.baud = settings.baud;
  wish.data_size = settings.data_bits;
  wish.parity = kParities[static_cast<std::size_t>(settings.parity)];
  wish.stop_size = kStopSizes[static_cast<std::size_t>(settings.stop_bits)];
  if (settings.flow_control == FlowControl::rts_cts) wish.flow = kHardwareFlowControl;
  if (settings.flow_control == FlowControl::xon_xoff) wish.flow = kXonXoff;
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
