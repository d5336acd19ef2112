// Which texts are addresses and which are names, compared with the C library.
#include "net/host.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "spellings.h"

namespace serialtcp::io {
namespace {

/// The address that the C library reads, without asking a name server.
std::optional<asio::ip::address> by_the_system(const std::string& text) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* list = nullptr;
  if (::getaddrinfo(text.c_str(), nullptr, &hints, &list) != 0) return std::nullopt;
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), list->ai_addr, list->ai_addrlen);
  ::freeaddrinfo(list);
  return plain_address(endpoint.address());
}

TEST(Host, IsAnAddressHoweverItIsSpelled) {
  const asio::ip::address loopback = asio::ip::address_v4::loopback();
  for (const char* text :
       {"127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7F000001", "2130706433", "017700000001", "0177.0.0.01",
        "::ffff:127.0.0.1", "::FFFF:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "127.0.0.1.", "127.1."}) {
    EXPECT_EQ(written_address(text), loopback) << text;
    EXPECT_FALSE(is_name(text)) << text;
  }
}

TEST(Host, IsNeitherAddressNorNameWithAScopeThatMeansNothing) {
  for (const char* text : {"::1%x.lan",
                           "::1%lo",
                           "::%x.lan",
                           "::ffff:127.0.0.1%x.lan",
                           "fe80::1%no-such.lan",
                           "127.0.0.1%lo",
                           "x.lan%lo",
                           "[::1]",
                           "[::1].lan",
                           ":.lan",
                           "%.lan",
                           "::1.",
                           "a b.lan",
                           "",
                           ".",
                           ".lan",
                           "x..lan",
                           "x.lan..",
                           "*",
                           "*.lan",
                           "x.lan\n",
                           "x/y.lan",
                           "\xC3\xA4.lan"}) {
    EXPECT_FALSE(written_address(text)) << text;
    EXPECT_FALSE(is_name(text)) << text;
  }
  const auto local = written_address("fe80::1%1");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->to_v6().scope_id(), 1U);
}

TEST(Host, IsANameOtherwise) {
  for (const char* text : {"a", "board", "board.lan", "board.lan.", "x_1.lan", "3com.example", "0xen.example",
                           "LocalHost", "node.7", "7f", "1.2.3.4.5", "256.0.0.1", "08.1"}) {
    EXPECT_FALSE(written_address(text)) << text;
    EXPECT_TRUE(is_name(text)) << text;
  }
  EXPECT_TRUE(is_localhost("LOCALHOST."));
  EXPECT_FALSE(is_localhost("localhost.lan"));
}

TEST(Host, IsNeverANameWhereTheSystemSeesAnAddress) {
  std::size_t addresses = 0;
  for (const auto& [text, address] : test::spellings()) {
    const auto system = by_the_system(text);
    const auto ours = written_address(text);
    if (system) {
      EXPECT_EQ(ours.value_or(*system), *system) << text;
      ++addresses;
    }
    EXPECT_FALSE(system && is_name(text)) << text;
  }
  EXPECT_GT(addresses, 100U);
}

}  // namespace
}  // namespace serialtcp::io
