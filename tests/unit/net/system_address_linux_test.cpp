// Interfaces by their names.
#include "net/system_address.h"

#include <gtest/gtest.h>

#include "net/host.h"

namespace serialtcp::io {
namespace {

TEST(SystemAddress, AScopeMayBeTheNameOfAnInterface) {
  const std::uint32_t number = interface_number("lo");
  EXPECT_NE(number, 0U);
  EXPECT_EQ(interface_number("no-such"), 0U);
  const auto local = written_address("fe80::1%lo");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->to_v6().scope_id(), number);
}

}  // namespace
}  // namespace serialtcp::io
