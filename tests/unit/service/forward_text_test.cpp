// The texts about requests of one end to the other.
#include "service/forward_text.h"

#include <gtest/gtest.h>

#include "driver/failure_text.h"
#include "net/address.h"

namespace serialtcp::io {
namespace {

TEST(ForwardText, NamesTheOptionThatAllowsIt) {
  EXPECT_EQ(allowing_option(AllowedTo::connect, to_address("10.0.0.1", 22)), "--allow 10.0.0.1:22");
  EXPECT_EQ(allowing_option(AllowedTo::listen, to_address("::1", 80)), "--allow-listen [::1]:80");
  EXPECT_EQ(request_failure(ResetReason::not_allowed, "--allow x:1"),
            "the other end does not allow it: start it with --allow x:1");
  EXPECT_EQ(not_allowed_text(AllowedTo::connect, to_address("web", 80)),
            "not allowed: start this end with --allow web:80");
}

TEST(ForwardText, SaysOfEachFailureWhatToDo) {
  EXPECT_EQ(request_failure(ResetReason::refused, "--allow x:1"), describe(ResetReason::refused));
  EXPECT_NE(request_failure(ResetReason::no_such_service, "").find("use the same version at both ends"),
            std::string::npos);
  EXPECT_NE(listen_failure(ResetReason::refused, "").find("choose another port"), std::string::npos);
  EXPECT_NE(listen_failure(ResetReason::failed, "").find("the log of the other end says why"),
            std::string::npos);
  EXPECT_EQ(listen_failure(ResetReason::not_allowed, "--allow-listen x:1"),
            request_failure(ResetReason::not_allowed, "--allow-listen x:1"));
}

TEST(ForwardText, AListenerThatOthersCanReachIsWarnedOf) {
  const std::string text = exposed_message("0.0.0.0:1234");
  EXPECT_NE(text.find("0.0.0.0:1234"), std::string::npos);
  EXPECT_NE(text.find("localhost"), std::string::npos);
}

TEST(ForwardText, WarnsOfAFarListenerThatOthersCanReach) {
  EXPECT_FALSE(exposed_there(to_address("127.0.0.1", 80)));
  EXPECT_FALSE(exposed_there(to_address("::1", 80)));
  for (const char* wide : {"0.0.0.0", "::", "192.168.0.1"}) EXPECT_TRUE(exposed_there(to_address(wide, 80)));
  EXPECT_NE(exposed_there(to_address("0.0.0.0", 80)).value_or("").find("whoever can reach 0.0.0.0:80"),
            std::string::npos);
}

}  // namespace
}  // namespace serialtcp::io
