// Serial ports and ptys as services: how they are written.
#include <gtest/gtest.h>

#include <string>

#include "cli/service_spec.h"

namespace serialtcp::cli {
namespace {

std::string client_problem(std::string_view text) {
  const auto spec = parse_client_spec(text, io::Family::any);
  return spec ? "" : spec.error();
}

std::string server_problem(std::string_view text) {
  const auto spec = parse_server_spec(text, io::Family::any);
  return spec ? "" : spec.error();
}

TEST(SerialServiceKind, TakesASpeedAFormatAndOptionsInAnyOrder) {
  for (const char* const text :
       {"con=serial:/dev/ttyUSB1", "serial:/dev/ttyUSB1,9600", "serial:/dev/ttyUSB1,rfc2217",
        "serial:/dev/ttyUSB1,8E1,rtscts,rfc2217,3000000", "serial:/dev/ttyUSB1,5N1.5,limit=1k"})
    EXPECT_EQ(client_problem(text), "") << text;
  const auto one = parse_client_spec("serial:/dev/x,7E2,9600", io::Family::any);
  const auto same = parse_client_spec("serial:/dev/x,9600,7E2", io::Family::any);
  const auto other = parse_client_spec("serial:/dev/x,9600,7O2", io::Family::any);
  ASSERT_TRUE(one && same && other);
  EXPECT_TRUE(one->place->equals(*same->place));
  EXPECT_FALSE(one->place->equals(*other->place));
  EXPECT_EQ(one->place->text(), "serial:/dev/x");
}

TEST(SerialServiceKind, SaysWhatIsWrong) {
  EXPECT_EQ(client_problem("serial:"), "serial: needs a device, as in serial:/dev/ttyUSB1");
  EXPECT_EQ(
      client_problem("serial:22"),
      "serial:22 would be a device with the name 22: of a host that is called serial, give the address");
  EXPECT_EQ(client_problem("serial:socket://a:1"),
            "socket://a:1 is no device: only a serial port of this machine can be one");
  EXPECT_EQ(client_problem("serial:/dev/x,rtscts,xonxoff"), "rtscts and xonxoff exclude each other");
  for (const char* const bad : {"fast", "9N1", "8X1", "8N3", "8N", "0", "99999999999", "mode=1"})
    EXPECT_NE(client_problem(std::string("serial:/dev/x,") + bad)
                  .find("a speed and a format: serial:/dev/ttyUSB1,9600,8E1"),
              std::string::npos)
        << bad << ": " << client_problem(std::string("serial:/dev/x,") + bad);
  EXPECT_EQ(server_problem("serial:/dev/x"),
            "serial: is for --client: programs here open a pty instead, as in --server pty:/tmp/board");
}

TEST(PtyServiceKind, SaysWhatIsWrong) {
  EXPECT_EQ(server_problem("con=pty:/tmp/board"), "");
  EXPECT_EQ(server_problem("pty:/tmp/board,rfc2217,interactive"), "");
  EXPECT_EQ(server_problem("pty:"), "pty: needs the path of a link to be made, as in pty:/tmp/board");
  EXPECT_EQ(server_problem("pty:/tmp/board,rtscts"), "rtscts is for a --client that is a serial port");
  EXPECT_EQ(client_problem("pty:/tmp/board"),
            "pty: is for --server: a program opens it. For a port of this machine, use serial:DEVICE");
}

}  // namespace
}  // namespace serialtcp::cli
