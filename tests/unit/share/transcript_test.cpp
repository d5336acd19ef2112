// The log file of a shared port.
#include "share/transcript.h"

#include <gtest/gtest.h>

namespace serialtcp::share {
namespace {

using Way = Transcript::Way;

ByteView bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

TEST(Transcript, IsWhatThePortHasReceivedUnlessMoreIsWanted) {
  Transcript transcript({});
  const std::string all("a\0\xFF\r\nb", 6);
  EXPECT_EQ(transcript.add(Way::received, bytes(all), "12:00"), all);
  EXPECT_EQ(transcript.add(Way::written, bytes("secret"), "12:00"), "");
}

TEST(Transcript, BeginsEachLineWithTheTimeOfItsFirstByte) {
  Transcript transcript({.times = true});
  EXPECT_EQ(transcript.add(Way::received, bytes("one\r\ntw"), "12:00"), "12:00 one\r\n12:00 tw");
  EXPECT_EQ(transcript.add(Way::received, bytes("o\n"), "12:01"), "o\n");
  EXPECT_EQ(transcript.add(Way::received, bytes("three"), "12:02"), "12:02 three");
}

TEST(Transcript, TellsWhatIsWrittenFromWhatIsReceived) {
  Transcript transcript({.written = true});
  EXPECT_EQ(transcript.add(Way::received, bytes("login: "), ""), "< login: ");
  EXPECT_EQ(transcript.add(Way::written, bytes("ro"), ""), "\n> ro");
  EXPECT_EQ(transcript.add(Way::written, bytes("ot\n"), ""), "ot\n");
  EXPECT_EQ(transcript.add(Way::received, bytes("Password:"), ""), "< Password:");
}

TEST(Transcript, CanHaveBoth) {
  Transcript transcript({.times = true, .written = true});
  EXPECT_EQ(transcript.add(Way::written, bytes("AT\n"), "12:00"), "12:00 > AT\n");
  EXPECT_EQ(transcript.add(Way::received, bytes("OK\n"), "12:01"), "12:01 < OK\n");
}

}  // namespace
}  // namespace serialtcp::share
