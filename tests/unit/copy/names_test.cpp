// Which names are accepted from the other end, and what users mean by a place.
#include "copy/names.h"

#include <gtest/gtest.h>

#include "copy/far_side.h"
#include "copy/progress.h"
#include "copy/record.h"

namespace serialtcp::io::copy {
namespace {

TEST(CopyNames, OnlyOneEntryOfAFolder) {
  for (const char* const good : {"a", ".x", "..x", "a b", "-", "\xff", "a:b"})
    EXPECT_TRUE(is_entry_name(good)) << good;
  for (const char* const bad : {"", ".", "..", "/", "a/b", "../a", "/etc/passwd", "a/"})
    EXPECT_FALSE(is_entry_name(bad)) << bad;
  EXPECT_FALSE(is_entry_name(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_entry_name(std::string(256, 'x')));
}

TEST(CopyNames, TheNameOfAPath) {
  EXPECT_EQ(entry_name("/a/x"), "x");
  EXPECT_EQ(entry_name("a/x//"), "x");
  EXPECT_EQ(entry_name("x"), "x");
  for (const char* const none : {"/", ".", "..", "a/..", "", "///"}) EXPECT_EQ(entry_name(none), "") << none;
}

TEST(CopyNames, APartialFileIsBesideAndFits) {
  EXPECT_EQ(partial_name("x.bin"), ".x.bin.serialtcp-part");
  const std::string one = partial_name(std::string(255, 'x'));
  const std::string other = partial_name(std::string(254, 'x') + "y");
  EXPECT_TRUE(is_entry_name(one));
  EXPECT_NE(one, other);
}

Place place(std::string_view text) {
  return parse_place(
      text, [](const std::string& path) { return path == "/dev/ttyUSB0" || path == "/dev/by-path/0:1.0"; });
}

TEST(CopyNames, Places) {
  EXPECT_EQ(place("board:/tmp/x"), (Place{"board", "/tmp/x"}));
  EXPECT_EQ(place("board:"), (Place{"board", ""}));
  EXPECT_EQ(place("x"), (Place{std::nullopt, "x"}));
  EXPECT_EQ(place("./a:b"), (Place{std::nullopt, "./a:b"}));
  EXPECT_EQ(place("/dev/ttyUSB0:a:b"), (Place{"/dev/ttyUSB0", "a:b"}));
  EXPECT_EQ(place("/dev/by-path/0:1.0:/x"), (Place{"/dev/by-path/0:1.0", "/x"}));
  EXPECT_EQ(place("/tmp/a:b"), (Place{std::nullopt, "/tmp/a:b"}));
  EXPECT_EQ(place("-"), (Place{std::nullopt, "-"}));
}

TEST(CopyNames, WhereEntriesGo) {
  const auto to = [](const char* path, bool is_folder) {
    const Destination found = destination_of(path, is_folder);
    return found.folder + "|" + found.name;
  };
  EXPECT_EQ(to("/", false), "/|");
  EXPECT_EQ(to("", false), ".|");
  EXPECT_EQ(to("/no/such/x", false), "/no/such|x");
  EXPECT_EQ(to("/nosuchx", false), "/|nosuchx");
  EXPECT_EQ(to("nosuchx", false), ".|nosuchx");
  EXPECT_EQ(to("nosuchx/", false), "nosuchx/|");
  EXPECT_EQ(to("nosuchx", true), "nosuchx|");
}

TEST(CopyProgress, FitsIntoALine) {
  EXPECT_EQ(progress_text("x.bin", 500, 1000, 0, 80), "x.bin   50%  500 B");
  EXPECT_EQ(progress_text("x.bin", 1'000'000, 2'000'000, 10'000, 80),
            "x.bin   50%  1.0 MB  10 kB/s  1:40 left");
  EXPECT_EQ(progress_text("x", 5, kUnknownSize, 0, 80), "x  5 B");
  EXPECT_EQ(progress_text("x", 0, 0, 0, 80), "x  0 B");
  EXPECT_EQ(progress_text(std::string(100, 'a'), 500, 1000, 0, 30).size(), 30U);
  EXPECT_EQ(progress_text("a\x1b[2J", 500, 1000, 0, 80).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::io::copy
