// A serial port for the server's part of RFC 2217, in memory: what it was asked for, in order, and what it answers.
#pragma once

#include <cstdint>
#include <vector>

#include "telnet/codes.h"
#include "telnet/served_port.h"

namespace serialtcp::telnet {

struct FakeServedPort final : ServedPort {
  std::uint32_t set_baud(std::uint32_t wanted) override {
    if (wanted != 0 && wanted <= kFastest) baud = wanted;
    return baud;
  }
  Byte set_data_size(Byte wanted) override { return set(size, wanted, 5, 8); }
  Byte set_parity(Byte wanted) override { return set(parity, wanted, 1, 5); }
  Byte set_stop_size(Byte wanted) override { return set(stop, wanted, 1, 3); }
  Byte set_flow(Byte wanted) override { return set(flow, wanted, 1, 3); }
  Byte set_inbound_flow(Byte wanted) override {
    return set(inbound, wanted, com_port::kNoInboundFlow, com_port::kInboundHardware);
  }
  Byte set_break(Byte wanted) override {
    return set(break_state, wanted, com_port::kBreakOn, com_port::kBreakOff);
  }
  Pins set_pins(const Pins& wanted) override {
    if (wanted != Pins{}) pin_changes.push_back(wanted);
    if (wanted.dtr) pins.dtr = wanted.dtr;
    if (wanted.rts) pins.rts = wanted.rts;
    return pins;
  }
  void purge(Byte what) override { purged.push_back(what); }
  Byte modem_state() override { return modem; }

  static constexpr std::uint32_t kFastest = 4'000'000;
  std::uint32_t baud = 115200;
  Byte size = 8;
  Byte parity = 1;
  Byte stop = 1;
  Byte flow = 1;
  Byte inbound = com_port::kNoInboundFlow;
  Byte break_state = com_port::kBreakOff;
  Pins pins{com_port::kDtrOn, com_port::kRtsOn};
  Byte modem = 0;
  std::vector<Pins> pin_changes;
  std::vector<Byte> purged;

 private:
  static Byte set(Byte& value, Byte wanted, Byte least, Byte most) {
    if (wanted >= least && wanted <= most) value = wanted;
    return value;
  }
};

}  // namespace serialtcp::telnet
