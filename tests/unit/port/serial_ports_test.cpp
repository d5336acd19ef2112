// The list of ports, by trees like those of Linux, and names that are none.
#include "port/serial_ports.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

namespace fs = std::filesystem;

class SerialPorts : public testing::Test {
 protected:
  /// A tty with hardware.
  void port(const std::string& name, const std::string& driver, const std::string& type = "") {
    const fs::path device = root() / "sys/devices" / name;
    fs::create_directories(device / "tty" / name);
    fs::create_symlink("../../drivers/" + driver, device / "driver");
    fs::create_symlink("../..", device / "tty" / name / "device");
    if (!type.empty()) std::ofstream(device / "tty" / name / "type") << type << '\n';
    tty(name, "../../devices/" + name + "/tty/" + name);
  }
  void tty(const std::string& name, const std::string& to) {
    fs::create_directories(root() / "sys/class/tty");
    fs::create_directories(root() / "dev");
    fs::create_symlink(to, root() / "sys/class/tty" / name);
    std::ofstream(root() / "dev" / name) << "";
  }
  fs::path root() const { return fs::path(folder_.path()); }
  std::vector<PortFound> found() const { return serial_ports(folder_.path()); }

  TemporaryFolder folder_;
};

TEST_F(SerialPorts, AreThoseWithHardwareInTheOrderOfTheirNumbers) {
  for (const char* name : {"ttyUSB10", "ttyUSB2", "ttyACM0"}) port(name, "some_driver");
  port("ttyS0", "serial", "4");
  port("ttyS1", "serial8250", "0");  // there is an address, and nothing at it
  fs::create_directories(root() / "sys/devices/virtual/tty/tty1");
  tty("tty1", "../../devices/virtual/tty/tty1");  // a console
  port("ttyUSB3", "some_driver");
  fs::remove(root() / "dev/ttyUSB3");  // without a device file
  std::vector<std::string> paths;
  for (const PortFound& one : found()) paths.push_back(one.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"/dev/ttyS0", "/dev/ttyACM0", "/dev/ttyUSB2", "/dev/ttyUSB10"}));
}

TEST_F(SerialPorts, HaveTheirHardwareAndTheNameThatStays) {
  port("ttyUSB0", "ftdi_sio");
  fs::create_directories(root() / "dev/serial/by-id");
  fs::create_symlink("../../ttyUSB0", root() / "dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0");
  ASSERT_EQ(found().size(), 1U);
  EXPECT_EQ(ports_in_a_line(found()), "/dev/ttyUSB0 (ftdi_sio)");
  EXPECT_EQ(ports_in_lines(found()),
            "  /dev/ttyUSB0  (ftdi_sio)\n    = /dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0\n");
}

TEST_F(SerialPorts, MayBeNoneAndAreNeverTooMany) {
  EXPECT_TRUE(found().empty());
  EXPECT_EQ(ports_in_a_line(found()), "none");
  for (int i = 0; i < 100; ++i) port("ttyUSB" + std::to_string(i), "x");
  EXPECT_EQ(found().size(), kMostPortsFound);
}

TEST_F(SerialPorts, NamesThatAreNoneSayWhatMayHaveBeenMeant) {
  const auto says = [](const std::string& name, const char* part) {
    const auto text = misspelt_port(name);
    EXPECT_TRUE(text && text->find(part) != std::string::npos) << name << ": " << text.value_or("nothing");
  };
  says("COM3", "that is a name of Windows");
  says("com12:", "that is a name of Windows");
  says("\\\\.\\COM10", "that is a name of Windows");
  says("ttyUSB77", "did you mean /dev/ttyUSB77? It is not there, either");
  says("ttyAMA0", "did you mean /dev/ttyAMA0?");
  says("dev/ttyUSB77", "did you mean /dev/ttyUSB77?");
  says("/dev/ttyUSB77,9600", "the speed is a word of its own: /dev/ttyUSB77 9600");
  says("ttyUSB77,9600", "the speed is a word of its own: /dev/ttyUSB77 9600");
  says("/dev/ttyUSB77,115200n8", "the speed is a word of its own: /dev/ttyUSB77 115200 (see --parity");
  says("/dev/ttyUSB77,b9600", "/dev/ttyUSB77 9600");
}

TEST_F(SerialPorts, NamesThatMayBeOnesAreLeftAlone) {
  for (const char* name : {"/dev/ttyUSB77", "socket://host:9600", "loop://", "unix:/run/x,y", "x",
                           "./ttyUSB77", "/dev/serial/by-id/usb-A,1-if00", "/tmp/a,b", "", ",", "COM", "tty"})
    EXPECT_FALSE(misspelt_port(name)) << name;
  const fs::path here = root() / "ttyUSB5";
  std::ofstream(here) << "";
  EXPECT_FALSE(misspelt_port(here.string() + "")) << "it is there";
}

TEST_F(SerialPorts, ADeviceThatIsNotThereIsToldWithThoseThatAre) {
  EXPECT_TRUE(other_ports("/dev/ttyUSB77").starts_with("; the serial ports here are: "));
  EXPECT_EQ(other_ports("/dev/null"), "");
  EXPECT_EQ(other_ports("/tmp/no-such-device"), "");
  EXPECT_EQ(other_ports("socket://x:1"), "");
}

}  // namespace
}  // namespace serialtcp::io
