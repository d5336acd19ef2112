// What serialtcp ports prints.
#include "cli/ports_command.h"

#include <gtest/gtest.h>

namespace serialtcp::cli {
namespace {

std::vector<PortShown> some() {
  PortShown usb;
  usb.port.path = "/dev/ttyUSB0";
  usb.port.by_id = "/dev/serial/by-id/usb-FTDI-if00";
  usb.port.parts.driver = "ftdi_sio";
  usb.port.parts.vendor = "0403";
  usb.port.parts.product = "6001";
  usb.port.parts.maker = "FTDI";
  usb.port.parts.name = "FT232R \"x\"";
  usb.port.parts.serial = "A1";
  usb.port.parts.location = "1-1.2";
  usb.holders = {{4711, "minicom"}, {4712, ""}};
  PortShown uart;
  uart.port.path = "/dev/ttyS0";
  uart.port.parts.driver = "serial8250";
  return {usb, uart};
}

TEST(PortsCommand, PrintsAParagraphForEach) {
  EXPECT_EQ(ports_text(some()),
            "/dev/ttyUSB0\n"
            "  name    /dev/serial/by-id/usb-FTDI-if00\n"
            "  driver  ftdi_sio\n"
            "  usb     0403:6001  FTDI FT232R \"x\"\n"
            "  serial  A1\n"
            "  in use  4711 (minicom)\n"
            "  in use  4712\n"
            "/dev/ttyS0\n"
            "  driver  serial8250\n");
  EXPECT_EQ(ports_text({}), "");
}

TEST(PortsCommand, PrintsJson) {
  EXPECT_EQ(
      ports_json(some()),
      "[{\"path\":\"/dev/ttyUSB0\",\"by_id\":\"/dev/serial/by-id/usb-FTDI-if00\",\"driver\":\"ftdi_sio\","
      "\"usb_vendor\":\"0403\",\"usb_product\":\"6001\",\"manufacturer\":\"FTDI\","
      "\"product\":\"FT232R \\\"x\\\"\",\"serial\":\"A1\",\"location\":\"1-1.2\","
      "\"used_by\":[{\"pid\":4711,\"command\":\"minicom\"},{\"pid\":4712,\"command\":\"\"}]},"
      "{\"path\":\"/dev/ttyS0\",\"by_id\":null,\"driver\":\"serial8250\",\"usb_vendor\":null,"
      "\"usb_product\":null,\"manufacturer\":null,\"product\":null,\"serial\":null,\"location\":null,"
      "\"used_by\":[]}]\n");
  EXPECT_EQ(ports_json({}), "[]\n");
}

}  // namespace
}  // namespace serialtcp::cli
