// What Windows has as services, and how it answers what it has not.
#include <gtest/gtest.h>

#include <string>

#include "service/service_kinds.h"

namespace serialtcp::io {
namespace {

TEST(WindowsServiceKinds, WhatItHasNotIsAnsweredByWhy) {
  for (const std::string text : {"unix:/run/x.sock", "fd:web", "pty:/tmp/board,rfc2217", "ip:tun0"}) {
    const ServiceKind& kind = kind_of_text(text);
    const std::string prefix = text.substr(0, text.find(':') + 1);
    EXPECT_EQ(kind.prefix(), prefix);
    const PlaceText place{.where = std::string_view(text).substr(prefix.size())};
    const auto server = kind.parse_server(place);
    const auto client = kind.parse_client(place);
    ASSERT_FALSE(server || client) << text;
    EXPECT_NE(server.error().find("Windows"), std::string::npos) << server.error();
    EXPECT_NE(client.error().find("Windows"), std::string::npos) << client.error();
  }
}

TEST(WindowsServiceKinds, TcpUdpProgramsAndSerialPortsAreThere) {
  EXPECT_EQ(kind_of_text("192.168.0.1:22").prefix(), "");
  EXPECT_EQ(kind_of_text("udp:53").prefix(), "udp:");
  EXPECT_EQ(kind_of_text("serial:COM5").prefix(), "serial:");
  const ServiceKind& exec = kind_of_text("exec:type C:\\a, b.txt");
  const auto place = exec.parse_client({.where = "type C:\\a, b.txt"});
  ASSERT_TRUE(place);
  EXPECT_EQ((*place)->text(), "exec:type C:\\a, b.txt");
}

}  // namespace
}  // namespace serialtcp::io
