// What is remembered of speeds: which one, of what, how much, and that neither garbage nor a full disk does harm.
#include "driver/speed_memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <sys/resource.h>
#include <array>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <string>

#include "base/prng.h"
#include "os/file_text.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

const SpeedPlace kAdapter{"usb 0403:6001 serial A1B2C3:1.0", ""};
const SpeedPlace kOther{"/dev/ttyS0", ""};
const SpeedPlace kWithPeer{"usb 0403:6001 serial A1B2C3:1.0", "0123456789abcdef"};

void write_file(const std::string& path, std::string_view text) {
  FILE* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fwrite(text.data(), 1, text.size(), file);
  std::fclose(file);
}

Key key_of(Byte value) {
  std::array<Byte, Key::kSize> bytes;
  bytes.fill(value);
  return Key(bytes);
}

struct SpeedMemoryTest : testing::Test {
  std::string path() const { return folder.file("state/speeds"); }
  std::string text() const { return file_text(path(), 2 * kMostSpeedText); }
  std::size_t names() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder.file("state")))
      ++count;
    return count;
  }

  TemporaryFolder folder;
  SpeedMemory memory{folder.file("state")};
};

TEST_F(SpeedMemoryTest, WhatIsKeptIsKnownToTheNextProcess) {
  EXPECT_EQ(memory.recall(kAdapter), 0U);
  EXPECT_EQ(memory.keep({kAdapter, 3'000'000}), "");
  EXPECT_EQ(memory.keep({kOther, 460'800}), "");
  EXPECT_EQ(memory.keep({kWithPeer, 921'600}), "");
  const SpeedMemory next{folder.file("state")};
  EXPECT_EQ(next.recall(kAdapter), 3'000'000U);
  EXPECT_EQ(next.recall(kOther), 460'800U);
  EXPECT_EQ(next.recall(kWithPeer), 921'600U);
  EXPECT_EQ(next.recall({"/dev/ttyS1", ""}), 0U);
  EXPECT_EQ(names(), 1U) << "nothing is left beside it";
}

TEST_F(SpeedMemoryTest, WhatHasNotWorkedIsForgotten) {
  memory.keep({kAdapter, 3'000'000});
  memory.keep({kOther, 460'800});
  EXPECT_EQ(memory.keep({kAdapter, 0}), "");
  EXPECT_EQ(memory.recall(kAdapter), 0U);
  EXPECT_EQ(memory.recall(kOther), 460'800U);
  EXPECT_EQ(text().find("3000000"), std::string::npos);
}

TEST_F(SpeedMemoryTest, TheOldestGoesAndTheFileStaysSmall) {
  const std::string longest(kMostAdapterText, 'x');
  for (std::size_t i = 0; i < 3 * kMostKnownSpeeds; ++i) {
    const std::string adapter = fmt::format("{:04} {}", i, longest).substr(0, kMostAdapterText);
    EXPECT_EQ(memory.keep({{adapter, "0123456789abcdef"}, 921'600}), "");
  }
  EXPECT_EQ(parse_known_speeds(text()).size(), kMostKnownSpeeds);
  EXPECT_LE(text().size(), kMostSpeedText);
  EXPECT_EQ(parse_known_speeds(text()).front().place.adapter.substr(0, 4), "0191");
  EXPECT_EQ(memory.keep({{longest + "x", ""}, 921'600}), "")
      << "a text that is too long is not kept, and is no trouble";
  EXPECT_EQ(parse_known_speeds(text()).size(), kMostKnownSpeeds);
}

TEST_F(SpeedMemoryTest, GarbageIsNothingAndIsReplaced) {
  memory.keep({kOther, 460'800});
  base::Prng random(1);
  for (const std::string_view line :
       {"", "\n\n", "3000000", "3000000 -", "0 - x", "-1 - x", "99999999999 - x", "60000000 - x", "fast - x",
        "3000000 0123456789abcdef0 x", "921600 - a\x1b[2Jb"}) {
    EXPECT_TRUE(parse_known_speeds(line).empty()) << line;
  }
  for (int i = 0; i < 200; ++i) {
    std::string garbage(random.below(2 * kMostSpeedText), ' ');
    for (char& c : garbage) c = static_cast<char>(random.next());
    write_file(path(), garbage);
    EXPECT_EQ(memory.recall(kOther), 0U);
    EXPECT_EQ(memory.keep({kOther, 460'800}), "");
    EXPECT_EQ(memory.recall(kOther), 460'800U);
    EXPECT_LE(text().size(), kMostSpeedText);
  }
  // Of a file that was cut off, or has other lines as well, what is whole is used.
  EXPECT_EQ(parse_known_speeds("# what is this\n921600 - /dev/ttyS0\n3000000 -"),
            (std::vector<KnownSpeed>{{kOther, 921'600}}));
  EXPECT_EQ(parse_known_speeds("921600 - /dev/ttyS0\n460800 - /dev/ttyS0\n"),
            (std::vector<KnownSpeed>{{kOther, 921'600}}))
      << "the latest is first";
}

TEST_F(SpeedMemoryTest, WhatCannotBeWrittenIsSaidOnce) {
  write_file(folder.file("state"), "a file where the folder should be");
  const std::string why = memory.keep({kAdapter, 921'600});
  EXPECT_NE(why.find(path()), std::string::npos) << why;
  EXPECT_EQ(memory.keep({kAdapter, 921'600}), "");
  EXPECT_EQ(memory.recall(kAdapter), 0U);
  SpeedMemory nowhere{std::unexpected("neither is set")};
  EXPECT_NE(nowhere.keep({kAdapter, 921'600}).find("neither is set"), std::string::npos);
  EXPECT_EQ(nowhere.keep({kAdapter, 460'800}), "");
  EXPECT_EQ(nowhere.recall(kAdapter), 0U);
}

TEST_F(SpeedMemoryTest, AFullDiskLeavesWhatWasThere) {
  memory.keep({kOther, 460'800});
  const std::string before = text();
  // Nothing longer than the file can be written, as on a disk that is full.
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{before.size(), usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const std::string why = memory.keep({kAdapter, 921'600});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
  EXPECT_NE(why, "");
  EXPECT_EQ(text(), before);
  EXPECT_EQ(names(), 1U);
  EXPECT_EQ(memory.keep({kAdapter, 921'600}), "");
  EXPECT_EQ(memory.recall(kAdapter), 921'600U);
}

TEST_F(SpeedMemoryTest, AnotherProcessThatWritesJustNowIsNotDisturbed) {
  memory.keep({kOther, 460'800});
  const std::string theirs = path() + ".new";
  write_file(theirs, "theirs");
  EXPECT_EQ(memory.keep({kAdapter, 921'600}), "");
  EXPECT_EQ(file_text(theirs, 100), "theirs");
  EXPECT_EQ(memory.recall(kAdapter), 0U);
  // One that was left behind by a crash is not in the way for ever.
  const utimbuf old{std::time(nullptr) - 60, std::time(nullptr) - 60};
  ASSERT_EQ(::utime(theirs.c_str(), &old), 0);
  EXPECT_EQ(memory.keep({kAdapter, 921'600}), "");
  EXPECT_EQ(memory.recall(kAdapter), 921'600U);
  EXPECT_EQ(names(), 1U);
}

TEST_F(SpeedMemoryTest, OnlyItsUserReadsIt) {
  memory.keep({kAdapter, 921'600});
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(SpeedMemoryTest, AFolderOfAnotherUserIsNotUsed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::mkdir(folder.file("state").c_str(), 0777), 0);
  ASSERT_EQ(::chown(folder.file("state").c_str(), 65534, 65534), 0);
  EXPECT_NE(memory.keep({kAdapter, 921'600}).find("another user"), std::string::npos);
  EXPECT_EQ(names(), 0U);
}

TEST(StateFolder, IsWhereTheSystemWantsIt) {
  EXPECT_EQ(state_folder({.state_directory = "/var/lib/serialtcp", .state_home = "/x", .home = "/home/me"}),
            "/var/lib/serialtcp");
  EXPECT_EQ(state_folder({.state_home = "/x", .home = "/home/me"}), "/x/serialtcp");
  EXPECT_EQ(state_folder({.state_home = "/x", .home = "/root", .root = true}), "/x/serialtcp");
  EXPECT_EQ(state_folder({.state_home = "x", .home = "/home/me"}), "/home/me/.local/state/serialtcp");
  EXPECT_EQ(state_folder({.home = "/root", .root = true}), "/var/lib/serialtcp");
  EXPECT_FALSE(state_folder({}));
}

TEST(PeerText, IsTheSameForTheSameKeyAndTellsNothingOfIt) {
  EXPECT_EQ(peer_text(std::nullopt), "");
  EXPECT_EQ(peer_text(key_of(1)), peer_text(key_of(1)));
  EXPECT_NE(peer_text(key_of(1)), peer_text(key_of(2)));
  EXPECT_EQ(peer_text(key_of(1)).size(), 16U);
  EXPECT_EQ(peer_text(key_of(1)).find("0101"), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::io
