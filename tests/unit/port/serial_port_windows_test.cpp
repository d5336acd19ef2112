// A COM port. Two that a cable connects, and one whose cable ends once it has received some bytes: scripts/build-windows has wine's.
// With a real Windows, the first two tell of adapters and of drivers.
#include "port/serial_port.h"

#include <algorithm>
#include <optional>

#include "loop_fixture.h"
#include "os/environment.h"
#include "port/com_name_windows.h"
#include "port/com_state_windows.h"
#include "port/handle_line_windows.h"
#include "port/serial_ports.h"
#include "port/serial_ports_windows.h"
#include "port/serial_text.h"

namespace serialtcp::io {
namespace {

std::string port_of(const char* variable) {
  const std::string name = environment_text(variable);
  EXPECT_NE(name, "") << variable << " has to name a COM port";
  return name;
}

struct ComPortTest : testing::Test {
  std::string open(SerialPort& port) {
    std::string result = "(not called)";
    port.open([this, &result](const std::expected<void, OpenError>& opened) {
      result = opened ? "" : opened.error().text;
      if (!opened) kind = opened.error().kind;
    });
    return result;
  }

  /// Waits for it.
  bool readable(SerialPort& port) {
    bool ready = false;
    port.when_readable([&ready] { ready = true; });
    return run_until(context, [&ready] { return ready; });
  }

  /// Writes all of it, and returns what the other port has received then.
  Bytes carry(SerialPort& from, SerialPort& to, const Bytes& bytes) {
    std::size_t written = 0;
    Bytes received;
    run_until(context, [&] {
      written += from.write(ByteView(bytes).subspan(written)).count;
      Bytes piece(777);
      piece.resize(to.read(piece).count);
      received.insert(received.end(), piece.begin(), piece.end());
      return received.size() >= bytes.size();
    });
    return received;
  }

  asio::io_context context;
  Recorder recorder;
  std::optional<OpenError::Kind> kind;
  SerialPort a{context, port_of("SERIALTCP_COM_A"), SerialSettings{}, recorder};
  SerialPort b{context, port_of("SERIALTCP_COM_B"), SerialSettings{}, recorder};
};

Bytes every_byte(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<Byte>(i + i / 256);
  return bytes;
}

TEST_F(ComPortTest, CarriesAllByteValuesBothWays) {
  ASSERT_EQ(open(a), "");
  ASSERT_EQ(open(b), "");
  const Bytes bytes = every_byte(20000);
  EXPECT_EQ(carry(a, b, bytes), bytes);
  EXPECT_EQ(carry(b, a, bytes), bytes);
  EXPECT_TRUE(run_until(context, [this] { return a.unsent() == 0 && b.unsent() == 0; }));
}

TEST_F(ComPortTest, IsReadableWithASingleByte) {
  ASSERT_EQ(open(a), "");
  ASSERT_EQ(open(b), "");
  Bytes piece(16);
  EXPECT_EQ(b.read(piece).status, LineStatus::would_block);
  ASSERT_EQ(a.write(Bytes{42}).count, 1U);
  ASSERT_TRUE(readable(b));
  EXPECT_EQ(b.read(piece).count, 1U);
  EXPECT_EQ(piece[0], 42);
}

TEST_F(ComPortTest, SaysHowItWasOpened) {
  EXPECT_EQ(a.speed(), 0U);
  ASSERT_EQ(open(a), "");
  EXPECT_EQ(a.opened_as(), "at 115200 8N1");
  EXPECT_EQ(a.speed(), 115200U);
  EXPECT_FALSE(recorder.has("WARNING")) << recorder.all();
}

TEST_F(ComPortTest, SetsAnotherSpeed) {
  ASSERT_EQ(open(a), "");
  std::optional<Line::SpeedAnswer> answer;
  a.set_speed(9600, [&answer](Line::SpeedAnswer what) { answer = std::move(what); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, Line::SpeedAnswer(9600U));
  EXPECT_EQ(a.speed(), 9600U);
}

TEST_F(ComPortTest, TellsOfASpeedThatItsDriverHasNotSet) {
  SerialPort odd(context, a.name(), {.baud = 123456}, recorder);
  ASSERT_EQ(open(odd), "");
  EXPECT_EQ(recorder.has(" cannot do 123456 baud, its driver chose "), is_another_speed(odd.speed(), 123456))
      << recorder.all();
}

TEST_F(ComPortTest, BelongsToOneUserOfThisProgram) {
  ASSERT_EQ(open(a), "");
  SerialPort second(context, a.name(), SerialSettings{}, recorder);
  EXPECT_EQ(open(second),
            "another link or shared port of this program uses it: each needs a port of its own");
  EXPECT_EQ(kind, OpenError::Kind::unusable);
  a.close();
  EXPECT_EQ(open(second), "");
}

// Not of wine.
TEST_F(ComPortTest, BelongsToOneProgramAtATime) {
  const auto other = open_handle(com_path(a.name()));
  ASSERT_TRUE(other);
  EXPECT_EQ(open(a), "in use by another program: end that one first");
  EXPECT_EQ(kind, OpenError::Kind::passing);
  ::CloseHandle(*other);
  EXPECT_EQ(open(a), "");
}

TEST_F(ComPortTest, GetsItsSettingsBack) {
  ASSERT_EQ(open(a), "");
  a.close();
  SerialPort slow(context, a.name(), {.baud = 4800}, recorder);
  ASSERT_EQ(open(slow), "");
  slow.close();
  const HANDLE handle = ::CreateFileA(com_path(a.name()).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                      OPEN_EXISTING, 0, nullptr);
  ASSERT_NE(handle, INVALID_HANDLE_VALUE);
  const auto state = com_state(handle);
  ::CloseHandle(handle);
  ASSERT_TRUE(state);
  EXPECT_NE(state->settings.BaudRate, 4800U);
}

TEST_F(ComPortTest, IsMissingIfThereIsNone) {
  SerialPort none(context, "COM255", SerialSettings{}, recorder);
  EXPECT_EQ(open(none), "no such port: is it plugged in?");
  EXPECT_EQ(kind, OpenError::Kind::missing);
  const std::string others = ports_in_a_line(serial_ports());
  EXPECT_NE(others.find(a.name()), std::string::npos) << others;
}

TEST_F(ComPortTest, IsLookedAtWithoutOpeningIt) {
  EXPECT_TRUE(kSerialPortKind.look(a.name()));
  EXPECT_FALSE(kSerialPortKind.look("COM255"));
  EXPECT_EQ(kSerialPortKind.exclusive("com3"), kSerialPortKind.exclusive(R"(\\.\COM3)"));
}

TEST_F(ComPortTest, KeepsChangesWhileItIsAway) {
  a.change({.baud = 19200, .parity = Parity::even});
  ASSERT_EQ(open(a), "");
  EXPECT_EQ(a.opened_as(), "at 19200 8E1");
  a.change({.baud = 9600});
  EXPECT_EQ(a.speed(), 9600U);
  EXPECT_EQ(a.settings().parity, Parity::none);
}

TEST_F(ComPortTest, DropsWhatItHasNotSent) {
  ASSERT_EQ(open(a), "");
  ASSERT_GT(a.write(every_byte(1000)).count, 0U);
  a.drop_unsent();
  EXPECT_TRUE(run_until(context, [this] { return a.unsent() == 0; }));
  EXPECT_EQ(a.write(every_byte(10)).count, 10U) << "it is not lost by that";
}

TEST_F(ComPortTest, IsNoFile) {
  SerialPort file(context, R"(C:\windows\win.ini)", SerialSettings{}, recorder);
  EXPECT_EQ(open(file), "it is not a serial port");
  EXPECT_EQ(kind, OpenError::Kind::unusable);
}

TEST_F(ComPortTest, IsGoneWhenItIsUnplugged) {
  SerialPort port(context, port_of("SERIALTCP_COM_ENDING"), SerialSettings{}, recorder);
  ASSERT_EQ(open(port), "");
  ASSERT_EQ(port.write(Bytes{'e', 'n', 'd'}).count, 3U);
  ASSERT_TRUE(readable(port));
  Bytes piece(16);
  const LineResult result = port.read(piece);
  EXPECT_EQ(result.status, LineStatus::gone);
  EXPECT_EQ(result.reason, "it was unplugged");
}

/// vendor:product, serial number, location, part.
std::string parts_of(std::string_view instance, std::string_view parent = "") {
  const Hardware found = hardware_of_instance(instance, parent);
  return fmt::format("{}:{} {} {} {}", found.vendor, found.product, found.serial, found.location, found.part);
}

TEST(HardwareOfInstance, IsWhatItsNameTells) {
  EXPECT_EQ(parts_of(R"(USB\VID_10C4&PID_EA60\0001)", R"(USB\ROOT_HUB30\4&1)"), "10c4:ea60 0001  ");
  EXPECT_EQ(parts_of(R"(USB\VID_1A86&PID_7523\5&3A5D6C5&0&2)"), "1a86:7523  5&3A5D6C5&0&2 ")
      << "it has no serial number";
  EXPECT_EQ(parts_of(R"(FTDIBUS\VID_0403+PID_6001+A1B2C3A\0000)"), "0403:6001 A1B2C3A  ");
  EXPECT_EQ(parts_of(R"(USB\VID_0403&PID_6010&MI_01\6&ABC&0&0001)", R"(USB\VID_0403&PID_6010\FT12)"),
            "0403:6010 FT12  :01");
  EXPECT_EQ(hardware_of_instance(R"(ACPI\PNP0501\0)", ""), Hardware());
  EXPECT_EQ(hardware_of_instance(R"(USB\VID_&PID_)", ""), Hardware());
}

TEST(ComName, HasThePrefixOfDevices) {
  EXPECT_EQ(com_path("COM3"), R"(\\.\COM3)");
  EXPECT_EQ(com_path("com12"), R"(\\.\COM12)");
  EXPECT_EQ(com_path(R"(\\.\COM12)"), R"(\\.\COM12)");
  EXPECT_EQ(com_path("COM256"), R"(\\.\COM256)");
}

TEST(ComName, LeavesOtherNamesAsTheyAre) {
  for (const char* const name :
       {"COM0", "COM257", "COM", "COM3a", "COMX", "C", "", R"(\\.\CNCA0)", R"(C:\Users\x)", "COM03"})
    EXPECT_EQ(com_path(name), name);
}

}  // namespace
}  // namespace serialtcp::io
