// The advice when a device file may not be opened, which depends on its owner, group and mode, and on the
// user.
#include "port/file_access_posix.h"

#include <gtest/gtest.h>

namespace serialtcp::io {
namespace {

constexpr uid_t kAlice = 1000;
constexpr gid_t kDialout = 20;

FileAccess device(mode_t mode, const std::string& group = "dialout", gid_t number = kDialout) {
  return {"/dev/ttyUSB0", 0, number, mode, "root", group};
}

Caller alice() {
  return {.user = kAlice, .groups = {kAlice}, .name = "alice"};
}

TEST(AccessAdvice, NamesTheGroupThatTheDeviceHas) {
  EXPECT_EQ(
      access_advice(device(0660), alice()),
      "permission denied: add yourself to the group dialout (sudo usermod -aG dialout alice) and log in "
      "again");
  EXPECT_EQ(
      access_advice(device(020660, "uucp", 14), alice()),
      "permission denied: add yourself to the group uucp (sudo usermod -aG uucp alice) and log in again");
}

TEST(AccessAdvice, ASessionThatIsOlderThanTheMembershipNeedsANewLogin) {
  Caller caller = alice();
  caller.listed_in = {"audio", "dialout"};
  EXPECT_EQ(
      access_advice(device(0660), caller),
      "permission denied: alice is in the group dialout now, but this session began before: log in again");
}

TEST(AccessAdvice, AGroupWithoutANameIsOneOfAContainersHost) {
  EXPECT_NE(access_advice(device(0660, "", 987), alice()).find("--group-add 987"), std::string::npos);
}

TEST(AccessAdvice, RootIsStoppedByAContainer) {
  Caller root{.user = 0, .groups = {0}, .name = "root"};
  const std::string advice = access_advice(device(0660), root);
  EXPECT_NE(advice.find("although this runs as root"), std::string::npos);
  EXPECT_NE(advice.find("docker run --device /dev/ttyUSB0"), std::string::npos);
}

TEST(AccessAdvice, AModeWithoutGroupAccessIsNotMendedByAGroup) {
  const std::string advice = access_advice(device(0600, "root", 0), alice());
  EXPECT_EQ(advice.find("usermod"), std::string::npos) << advice;
  EXPECT_NE(advice.find("only root may use it (owner root, group root, mode 0600)"), std::string::npos)
      << advice;
  EXPECT_NE(advice.find("udev rule"), std::string::npos) << advice;
  EXPECT_EQ(access_advice(device(0640), alice()).find("usermod"), std::string::npos);
  EXPECT_EQ(access_advice(device(0660, "root", 0), alice()).find("usermod"), std::string::npos)
      << "nobody should join the group root";
}

TEST(AccessAdvice, AMemberMayLackTheModeInstead) {
  Caller member = alice();
  member.groups.push_back(kDialout);
  EXPECT_NE(access_advice(device(0640), member).find("sudo chmod g+rw /dev/ttyUSB0"), std::string::npos);
  EXPECT_NE(access_advice(device(0660), member).find("container's device rules"), std::string::npos);
}

TEST(AccessAdvice, TheOwnerIsJudgedByTheOwnersBitsOnly) {
  FileAccess own = device(0466);
  own.owner = kAlice;
  EXPECT_NE(access_advice(own, alice()).find("chmod u+rw /dev/ttyUSB0"), std::string::npos);
  own.mode = 0600;
  EXPECT_NE(access_advice(own, alice()).find("although owner, group and mode allow it"), std::string::npos);
}

TEST(AccessAdvice, AFolderOfThePathMayBeWhatForbids) {
  EXPECT_NE(access_advice("/no/such/path").find("folder"), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::io
