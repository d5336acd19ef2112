// What people write for a COM port.
#include <gtest/gtest.h>

#include "os/environment.h"
#include "port/serial_ports.h"

namespace serialtcp::io {
namespace {

TEST(MisspeltPort, SaysWhatIsMeant) {
  EXPECT_EQ(misspelt_port("COM3"), std::nullopt);
  EXPECT_EQ(misspelt_port(R"(\\.\COM12)"), std::nullopt);
  EXPECT_EQ(misspelt_port("pipe:x"), std::nullopt);
  EXPECT_EQ(misspelt_port("COM3:"), "'COM3:' is no serial port: did you mean COM3?");
  EXPECT_EQ(
      misspelt_port("COM3,9600,8n1"),
      "'COM3,9600,8n1' is no serial port: the speed is a word of its own: COM3 9600 (see --parity and --stopbits)");
  EXPECT_EQ(misspelt_port("COM3:,9600"),
            "'COM3:,9600' is no serial port: the speed is a word of its own: COM3 9600");
  EXPECT_EQ(misspelt_port("COM300"), "'COM300' is no serial port: they are COM1 to COM256");
  const auto linux = misspelt_port("/dev/ttyUSB0");
  ASSERT_TRUE(linux);
  EXPECT_TRUE(
      linux->starts_with("'/dev/ttyUSB0' is no serial port: that is a name of Linux; here, the ports are "))
      << *linux;
}

TEST(OtherPorts, AreNamedForOneThatIsNotThere) {
  const std::string others = other_ports("COM255");
  EXPECT_TRUE(others.starts_with("; the serial ports here are: ")) << others;
  const std::string port = environment_text("SERIALTCP_COM_A");
  EXPECT_NE(others.find(port), std::string::npos) << others;
  EXPECT_EQ(other_ports(port), "");
  EXPECT_EQ(other_ports("pipe:x"), "");
}

}  // namespace
}  // namespace serialtcp::io
