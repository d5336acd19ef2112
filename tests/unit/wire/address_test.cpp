// Addresses as they are sent: golden bytes, and malformed ones.
#include "wire/address.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "hex.h"

namespace serialtcp::wire {
namespace {

std::string written(const Address& address) {
  std::array<Byte, kMaxAddress> buffer;
  base::Writer out(buffer);
  write_address(address, out);
  return test::to_hex(out.written());
}

std::optional<Address> read(const std::string& text) {
  const Bytes bytes = test::from_hex(text);
  base::Reader in(bytes);
  return read_address(in);
}

TEST(Address, HasTheLayoutOfSocks) {
  const Address v4{Ipv4{192, 168, 0, 1}, 22};
  const Address v6{Ipv6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 443};
  const Address name{"ab.c", 8080};
  EXPECT_EQ(written(v4), "01c0a800010016");
  EXPECT_EQ(written(v6), "0420010db800000000000000000000000101bb");
  EXPECT_EQ(written(name), "030461622e631f90");
  for (const Address& address : {v4, v6, name}) EXPECT_EQ(read(written(address)), address);
}

TEST(Address, HasNamesOfUpTo255Characters) {
  const Address longest{std::string(kMaxHostName, 'n'), 1};
  EXPECT_EQ(written(longest).size(), 2 * kMaxAddress);
  EXPECT_EQ(read(written(longest)), longest);
}

TEST(Address, IsNoneWhenItIsCutAnywhere) {
  for (const Address& address : {Address{Ipv4{1, 2, 3, 4}, 5}, Address{Ipv6{}, 5}, Address{"host", 5}}) {
    const std::string whole = written(address);
    for (std::size_t size = 0; size < whole.size(); size += 2) {
      EXPECT_FALSE(read(whole.substr(0, size))) << whole << " cut at " << size / 2;
    }
  }
}

TEST(Address, IsNoneOfAnotherKindAndWithNamesThatAreNone) {
  EXPECT_FALSE(read("02c0a800010016"));
  EXPECT_FALSE(read("00"));
  EXPECT_FALSE(read("03000016"));  // empty name
  EXPECT_FALSE(
      read("030120"
           "0016"));  // a space
  EXPECT_FALSE(
      read("03020a61"
           "0016"));  // could forge a line of the log
  EXPECT_FALSE(
      read("0301ff"
           "0016"));
}

}  // namespace
}  // namespace serialtcp::wire
