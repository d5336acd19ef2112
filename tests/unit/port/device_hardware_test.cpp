// The driver and the USB ids of a device, by trees like those of sysfs.
#include "port/device_hardware_posix.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

namespace fs = std::filesystem;

class DeviceHardware : public testing::Test {
 protected:
  void folder(const std::string& path) { fs::create_directories(root() / path); }
  void file(const std::string& path, const std::string& text) { std::ofstream(root() / path) << text; }
  void link(const std::string& path, const std::string& to) { fs::create_symlink(to, root() / path); }
  fs::path root() const { return fs::path(folder_.path()); }
  std::string hardware(const std::string& path) const {
    return hardware_text(hardware_at((root() / path).string()));
  }

  TemporaryFolder folder_;
};

TEST_F(DeviceHardware, AUsbAdapterHasADriverAndIds) {
  folder("devices/usb1/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0");
  file("devices/usb1/1-2/idVendor", "0403\n");
  file("devices/usb1/1-2/idProduct", "6001\n");
  file("devices/usb1/idVendor", "1d6b\n");
  file("devices/usb1/idProduct", "0002\n");
  link("devices/usb1/1-2/1-2:1.0/ttyUSB0/driver", "../../../../../bus/usb-serial/drivers/ftdi_sio");
  link("devices/usb1/1-2/1-2:1.0/driver", "../../../../bus/usb/drivers/ftdi_sio");
  link("devices/usb1/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0/device", "../../../ttyUSB0");
  EXPECT_EQ(hardware("devices/usb1/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0"), "ftdi_sio, 0403:6001");
}

TEST_F(DeviceHardware, AModemOfUsbHasItsInterfaceAsDevice) {
  folder("devices/usb1/1-3/1-3:1.0/tty/ttyACM0");
  file("devices/usb1/1-3/idVendor", "2341\n");
  file("devices/usb1/1-3/idProduct", "0043\n");
  link("devices/usb1/1-3/1-3:1.0/driver", "../../../../bus/usb/drivers/cdc_acm");
  link("devices/usb1/1-3/1-3:1.0/tty/ttyACM0/device", "../../../1-3:1.0");
  EXPECT_EQ(hardware("devices/usb1/1-3/1-3:1.0/tty/ttyACM0"), "cdc_acm, 2341:0043");
}

TEST_F(DeviceHardware, APortOfTheBoardHasOnlyADriver) {
  folder("devices/platform/3f201000.serial/3f201000.serial:0/3f201000.serial:0.0/tty/ttyAMA0");
  link("devices/platform/3f201000.serial/driver", "../../../bus/amba/drivers/uart-pl011");
  link("devices/platform/3f201000.serial/3f201000.serial:0/driver",
       "../../../../bus/serial-base/drivers/ctrl");
  link("devices/platform/3f201000.serial/3f201000.serial:0/3f201000.serial:0.0/driver",
       "../../../../../bus/serial-base/drivers/port");
  link("devices/platform/3f201000.serial/3f201000.serial:0/3f201000.serial:0.0/tty/ttyAMA0/device",
       "../../../3f201000.serial:0.0");
  EXPECT_EQ(hardware("devices/platform/3f201000.serial/3f201000.serial:0/3f201000.serial:0.0/tty/ttyAMA0"),
            "uart-pl011");
}

TEST_F(DeviceHardware, NothingIsSaidOfWhatTheSystemDoesNotKnow) {
  EXPECT_EQ(hardware("nothing"), "");
  folder("pty");
  EXPECT_EQ(hardware("pty"), "") << "without a device";
  EXPECT_EQ(hardware_text(0), "");
}

TEST_F(DeviceHardware, WhatAnAdapterSaysOfItselfIsCut) {
  folder("devices/1-2/tty/x");
  file("devices/1-2/idVendor", std::string(100'000, 'a'));
  file("devices/1-2/idProduct", "1");
  link("devices/1-2/tty/x/device", "../../../1-2");
  EXPECT_LT(hardware("devices/1-2/tty/x").size(), 100U);
}

TEST_F(DeviceHardware, AnAdapterIsRecognisedByItsNumberOrByItsPlace) {
  // Of two ports of one adapter, below port number 1 of interface 1.0 and an interface of its own.
  for (const char* port : {"1-2:1.0/ttyUSB0", "1-2:1.1/ttyUSB1"}) {
    const std::string tty = std::string(port).substr(8);
    folder("devices/usb1/1-2/" + std::string(port) + "/tty/" + tty);
    link("devices/usb1/1-2/" + std::string(port) + "/tty/" + tty + "/device", "../../../" + tty);
  }
  file("devices/usb1/1-2/idVendor", "0403\n");
  file("devices/usb1/1-2/idProduct", "6010\n");
  file("devices/usb1/1-2/1-2:1.0/ttyUSB0/port_number", "1\n");
  const auto adapter = [this](const std::string& path) {
    return adapter_text(hardware_at((root() / "devices/usb1/1-2" / path).string()));
  };
  EXPECT_EQ(adapter("1-2:1.0/ttyUSB0/tty/ttyUSB0"), "usb 0403:6010 at 1-2:1.0.1");
  EXPECT_EQ(adapter("1-2:1.1/ttyUSB1/tty/ttyUSB1"), "usb 0403:6010 at 1-2:1.1");
  file("devices/usb1/1-2/serial", "A1B2C3\n");
  EXPECT_EQ(adapter("1-2:1.0/ttyUSB0/tty/ttyUSB0"), "usb 0403:6010 serial A1B2C3:1.0.1");
  EXPECT_EQ(adapter("1-2:1.1/ttyUSB1/tty/ttyUSB1"), "usb 0403:6010 serial A1B2C3:1.1");
  EXPECT_EQ(adapter_text(Hardware()), "") << "one that is not at a USB has only its path";
}

TEST_F(DeviceHardware, APortWithADriverIsHardwareUnlessItIsAConsole) {
  folder("devices/00:05/tty/ttyS0");
  link("devices/00:05/tty/ttyS0/device", "../../../00:05");
  link("ttyS0", "devices/00:05/tty/ttyS0");
  const auto is_hardware = [this](const std::string& path, std::string_view consoles) {
    return is_hardware_port((root() / path).string(), consoles);
  };
  EXPECT_FALSE(is_hardware("ttyS0", "tty0")) << "nothing drives it";
  link("devices/00:05/driver", "../../bus/pnp/drivers/serial");
  EXPECT_TRUE(is_hardware("ttyS0", ""));
  EXPECT_TRUE(is_hardware("ttyS0", "tty0 ttyS1\n"));
  EXPECT_TRUE(is_hardware("ttyS0", "ttyS00 ttyS\n"));
  EXPECT_FALSE(is_hardware("ttyS0", "tty0 ttyS0\n"));
  EXPECT_FALSE(is_hardware("ttyS0", "ttyS0"));
  folder("pty");
  EXPECT_FALSE(is_hardware("pty", ""));
  EXPECT_FALSE(is_hardware("nothing", ""));
  EXPECT_FALSE(is_hardware_port(0));
}

TEST(CarriesNothing, OfDevicesThatPassNoBytesOn) {
  const auto number = [](const char* path) {
    struct stat info {};
    EXPECT_EQ(::stat(path, &info), 0) << path;
    return info.st_rdev;
  };
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/urandom"})
    EXPECT_TRUE(carries_nothing(number(path))) << path;
  for (const char* path : {"/dev/tty", "/dev/ptmx"}) EXPECT_FALSE(carries_nothing(number(path))) << path;
  EXPECT_FALSE(carries_nothing(0)) << "one that the system does not know";
}

}  // namespace
}  // namespace serialtcp::io
