// hwgrep://: which port fits, and mistakes.
#include "port/hwgrep_line.h"

#include <gtest/gtest.h>

#include "port/line_factory.h"

namespace serialtcp::io {
namespace {

std::vector<PortFound> ports() {
  std::vector<PortFound> found(3);
  found[0].path = "/dev/ttyS0";
  for (int i = 1; i < 3; ++i) {
    PortFound& port = found[static_cast<std::size_t>(i)];
    port.path = "/dev/ttyUSB" + std::to_string(i);
    port.by_id = "/dev/serial/by-id/usb-FTDI_A" + std::to_string(i);
    port.parts = {.driver = "ftdi_sio",
                  .vendor = "0403",
                  .product = "6001",
                  .maker = "FTDI",
                  .name = "FT232R USB UART",
                  .serial = "A" + std::to_string(i),
                  .location = "1-" + std::to_string(i),
                  .part = ":1.0"};
    port.hardware = hardware_text(port.parts);
  }
  return found;
}

/// The path, or why there is none.
std::string chosen(const std::string& text, const std::string& busy = "") {
  const auto choice = parse_hwgrep(text);
  if (!choice) return choice.error();
  const auto path = choose_port(*choice, ports(), [&](const std::string& one) { return one == busy; });
  return path ? *path : path.error().text;
}

TEST(Hwgrep, FindsByWhatIsKnownOfThePort) {
  EXPECT_EQ(chosen("0403:6001"), "/dev/ttyUSB1");
  EXPECT_EQ(chosen("vid:pid=0403:\\d+ ser=a2"), "/dev/ttyUSB2") << "in any case, as in pyserial";
  EXPECT_EQ(chosen("ttyS\\d"), "/dev/ttyS0");
  EXPECT_EQ(chosen("LOCATION=1-2$"), "/dev/ttyUSB2");
  EXPECT_EQ(chosen("(FT232|CP210)"), "/dev/ttyUSB1");
  EXPECT_EQ(chosen("by-id.*A2"), "/dev/ttyUSB2");
}

TEST(Hwgrep, TakesTheNthAndSkipsBusyOnes) {
  EXPECT_EQ(chosen("0403:6001&n=2"), "/dev/ttyUSB2");
  EXPECT_EQ(chosen("0403:6001&skip_busy", "/dev/ttyUSB1"), "/dev/ttyUSB2");
  EXPECT_EQ(chosen("0403:6001", "/dev/ttyUSB1"), "/dev/ttyUSB1");
  EXPECT_EQ(
      chosen("0403:6001&n=2&skip_busy", "/dev/ttyUSB1"),
      "1 free serial port that fits, and n=2 is asked for, 1 port in use by other programs; the serial ports here "
      "are: /dev/ttyS0, /dev/ttyUSB1 (ftdi_sio, 0403:6001), /dev/ttyUSB2 (ftdi_sio, 0403:6001)");
  EXPECT_TRUE(chosen("nothing").starts_with(
      "no serial port fits the regular expression; the serial ports here are: "));
}

TEST(Hwgrep, MistakesAreNamed) {
  EXPECT_EQ(chosen(""), "a regular expression is expected, as in hwgrep://0403:6001");
  EXPECT_TRUE(chosen("(").starts_with("the regular expression ( is wrong: "));
  EXPECT_EQ(chosen("x&n=0"), "n=0 is no number from 1 on");
  EXPECT_EQ(chosen("x&busy"), "the option 'busy' is not known; known here: n=N and skip_busy");
  EXPECT_EQ(chosen(std::string(HwgrepChoice::kMaxPattern + 1, 'x')),
            "the regular expression has more than 200 characters");
}

TEST(AltLine, IsTheDevice) {
  EXPECT_EQ(exclusive_line("alt:///dev/ttyUSB0?class=VTIMESerial"), exclusive_line("/dev/ttyUSB0"));
  const auto error = [](const std::string& name) { return look_at_line(name).error().text; };
  EXPECT_EQ(error("alt:///dev/ttyUSB0?class=x"),
            "class=x is not known; known here: Serial, PosixPollSerial and VTIMESerial");
  EXPECT_EQ(error("alt://"), "a device is expected, as in alt:///dev/ttyUSB0");
  EXPECT_EQ(error("alt:///no/such"), look_at_line("/no/such").error().text);
}

}  // namespace
}  // namespace serialtcp::io
