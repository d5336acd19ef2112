// Two ends of ours, one that gives addresses and one that asks for them: over good and bad lines, with cuts and restarts,
// with logins, and in combinations that cannot work.
#include <gtest/gtest.h>

#include "ppp/ppp_pair.h"

namespace serialtcp::ppp {
namespace {

using namespace test;

TEST(PppPairs, AreUpAtOnceAndHaveAddresses) {
  PppPair pair(gateway(), device());
  const Time start = pair.now;
  ASSERT_TRUE(pair.run_until_up(seconds(1))) << pair.all_texts(0) << pair.all_texts(1);
  EXPECT_LE(pair.now - start, milliseconds(60));
  pair.run_for(milliseconds(50));
  EXPECT_EQ(pair.a().addresses().ours, kGateway);
  EXPECT_EQ(pair.a().addresses().peers, kDevice);
  EXPECT_EQ(pair.b().addresses().ours, kDevice);
  EXPECT_EQ(pair.b().addresses().peers, kGateway);
  EXPECT_EQ(pair.b().facts().dns[0], kDns);
  EXPECT_NE(pair.a().addresses().our_id, 0U);
  EXPECT_EQ(pair.a().addresses().our_id, pair.b().addresses().peer_id);
  EXPECT_EQ(pair.a().addresses().mtu, 1500U);
  EXPECT_TRUE(pair.texts[0].empty());
  EXPECT_TRUE(pair.texts[1].empty());
}

}  // namespace
}  // namespace serialtcp::ppp
