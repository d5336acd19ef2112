// How sockets of a service manager are written.
#include <gtest/gtest.h>

#include <array>

#include "service/service_kinds.h"

namespace serialtcp::io {
namespace {

std::string complaint(const std::string& where, std::span<const std::string_view> options = {}) {
  const auto place = fd_kind().parse_server({.where = where, .options = options});
  return place ? "(none)" : place.error();
}

TEST(FdKind, ASocketHasTheNameThatItsUnitGivesIt) {
  EXPECT_EQ(&kind_of_text("fd:web"), &fd_kind());
  const auto web = fd_kind().parse_server({.where = "web"});
  const auto other = fd_kind().parse_server({.where = "s.sh"});
  ASSERT_TRUE(web && other);
  EXPECT_EQ((*web)->text(), "fd:web");
  EXPECT_EQ((*web)->host(), std::nullopt);
  EXPECT_TRUE((*web)->equals(**fd_kind().parse_server({.where = "web"})));
  EXPECT_FALSE((*web)->equals(**other));
  EXPECT_EQ((*web)->claim()->space, (*other)->claim()->space);
  EXPECT_NE((*web)->claim()->key, (*other)->claim()->key);
}

TEST(FdKind, WhatIsNoNameIsRefused) {
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a:b"), std::string("\x1b"),
                                 std::string("\xc3\xa4"), std::string(256, 'x')}) {
    EXPECT_TRUE(complaint(bad).starts_with("fd: needs the name of a socket that a service manager passes"))
        << complaint(bad);
  }
  EXPECT_EQ(complaint(std::string(255, 'x')), "(none)");
  constexpr std::array<std::string_view, 1> kMode = {"mode=0600"};
  EXPECT_EQ(complaint("web", kMode), "mode= is for a --server on a unix socket");
}

TEST(FdKind, ItCannotBeConnectedTo) {
  const auto place = fd_kind().parse_client({.where = "web"});
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error(), "fd: is for --server: such a socket listens, it cannot be connected to");
}

}  // namespace
}  // namespace serialtcp::io
