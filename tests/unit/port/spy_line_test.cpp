// spy://: the dump, its limits, and what cannot be written.
#include "port/spy_line.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "port/line_factory.h"
#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct SpyLineTest : testing::Test {
  void open(const std::string& options) {
    const std::string name = "spy://loop://?" + options;
    auto made = make_line({context, name, settings, recorder});
    ASSERT_TRUE(made) << made.error();
    line = std::move(*made);
    line->open([](const std::expected<void, OpenError>& opened) { EXPECT_TRUE(opened); });
  }
  void exchange(const Bytes& bytes) {
    EXPECT_EQ(line->write(bytes).count, bytes.size());
    Bytes back(bytes.size());
    EXPECT_EQ(line->read(back).count, bytes.size());
    EXPECT_EQ(back, bytes);
  }

  TemporaryFolder folder;
  std::string file = folder.file("dump");
  asio::io_context context;
  Recorder recorder;
  SerialSettings settings;
  std::unique_ptr<Line> line;
};

TEST(HexDump, HasSixteenBytesInARow) {
  Bytes bytes{'h', 'i', 0x00, 0xFF};
  EXPECT_EQ(hex_dump(std::chrono::milliseconds(2469), "TX", bytes),
            "000002.469 TX   0000  68 69 00 FF                                      hi..\n");
  bytes.assign(17, 'a');
  const std::string text = hex_dump({}, "RX", bytes);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find("000000.000 RX   0010  61 "), std::string::npos);
}

TEST_F(SpyLineTest, WritesBothDirectionsAndOnlyItsOwnerCanReadThem) {
  open("file=" + file);
  exchange({'h', 'i'});
  line->close();
  const std::string text = contents(file);
  EXPECT_NE(text.find(" TX   0000  68 69 "), std::string::npos) << text;
  EXPECT_NE(text.find(" RX   0000  68 69 "), std::string::npos) << text;
  EXPECT_EQ(text.find("LINE"), std::string::npos);
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(SpyLineTest, RawAndAllAreAsInPyserial) {
  open("raw&file=" + file);
  exchange({'h', 'i'});
  EXPECT_EQ(contents(file), "hihi");
  open("all&file=" + file);
  line->close();
  EXPECT_NE(contents(file).find("LINE open"), std::string::npos);
  EXPECT_NE(contents(file).find("LINE close"), std::string::npos);
}

TEST_F(SpyLineTest, AFileThatCannotBeMadeIsReportedAndTheLineWorks) {
  open("file=" + folder.file("no/such/folder"));
  exchange({'x'});
  exchange({'y'});
  EXPECT_EQ(recorder.texts.size(), 1U) << recorder.all();
  EXPECT_TRUE(recorder.has("nothing is written to"));
}

TEST(RecordOutputTest, AFileIsReplacedBeforeItIsLarge) {
  TemporaryFolder folder;
  const std::string file = folder.file("dump");
  RecordOutput output(file, {.most = 100});
  output.open();
  for (char c = 'a'; c < 'k'; ++c) output.write(std::string(40, c));
  EXPECT_EQ(contents(file), std::string(40, 'i') + std::string(40, 'j'));
  EXPECT_EQ(contents(file + ".1"), std::string(40, 'g') + std::string(40, 'h'));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(RecordOutputTest, AFullDiskIsToldOnce) {
  RecordOutput output("/dev/full");
  output.open();
  output.write("x");
  const auto problem = output.take_problem();
  ASSERT_TRUE(problem);
  EXPECT_NE(problem->find("/dev/full"), std::string::npos);
  output.write("x");
  EXPECT_FALSE(output.take_problem());
}

TEST(RecordOutputTest, OldFilesAreKeptAsManyAsAreWanted) {
  TemporaryFolder folder;
  const std::string file = folder.file("log");
  RecordOutput output(file, {.most = 10, .old_files = 3});
  output.open();
  for (char c = 'a'; c < 'h'; ++c) output.write(std::string(10, c));
  EXPECT_EQ(contents(file), std::string(10, 'g'));
  EXPECT_EQ(contents(file + ".1"), std::string(10, 'f'));
  EXPECT_EQ(contents(file + ".3"), std::string(10, 'd'));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 4);
}

TEST(RecordOutputTest, WhatIsThereIsKeptIfItIsWanted) {
  TemporaryFolder folder;
  const std::string file = folder.file("log");
  const RecordOutput::Rules rules{.most = 10, .old_files = 1, .before = RecordOutput::Rules::Before::kept};
  for (const char* text : {"one ", "two ", "three"}) {
    RecordOutput output(file, rules);
    output.open();
    output.write(text);
  }
  EXPECT_EQ(contents(file + ".1"), "one two ");
  EXPECT_EQ(contents(file), "three");
}

TEST(RecordOutputTest, AFileThatWasRenamedIsOpenedAnewWhenAsked) {
  TemporaryFolder folder;
  const std::string file = folder.file("log");
  RecordOutput output(file);
  output.open();
  output.write("before ");
  std::filesystem::rename(file, file + ".old");
  output.write("until then");
  output.open_again();
  output.write("after");
  EXPECT_EQ(contents(file + ".old"), "before until then");
  EXPECT_EQ(contents(file), "after");
}

TEST(RecordOutputTest, AReaderThatDoesNotReadLosesBytesAndIsToldSo) {
  TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  RecordOutput output(pipe);
  output.open();
  const std::string piece(4096, 'x');
  for (int i = 0; i < 100; ++i) output.write(piece);  // a pipe holds 64 kB
  Bytes buffer(1024 * 1024);
  EXPECT_GT(::read(reader, buffer.data(), buffer.size()), 0);
  output.write("after");
  const ssize_t size = ::read(reader, buffer.data(), buffer.size());
  const std::string text(buffer.begin(), buffer.begin() + std::max<ssize_t>(size, 0));
  EXPECT_NE(text.find("bytes of this dump were dropped"), std::string::npos);
  EXPECT_TRUE(text.ends_with("after"));
  ::close(reader);
}

TEST(SpyUrl, MistakesAreNamed) {
  const auto error = [](std::string_view text) {
    const auto options = parse_spy(text);
    return options ? "" : options.error();
  };
  EXPECT_EQ(error("/dev/ttyUSB0?file=/tmp/x&raw&all&color"), "");
  EXPECT_EQ(error("/dev/ttyUSB0?hex"),
            "the option 'hex' is not known; known here: file=FILE, raw, all and color");
  EXPECT_EQ(error(""), "a line is expected, as in spy:///dev/ttyUSB0?file=dump.txt");
  EXPECT_EQ(error("spy://loop://"), "spy:// in spy:// would write everything twice");
  EXPECT_EQ(exclusive_line("spy:///dev/ttyUSB0?raw"), exclusive_line("/dev/ttyUSB0"));
}

}  // namespace
}  // namespace serialtcp::io
