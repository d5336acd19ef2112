// Typing the loader at a shell that has only builtins: what is typed, typed again, and made of it.
#include "install/typed_loader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "install/digests.h"
#include "install/simulated_board.h"

namespace serialtcp::install {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

/// As printf or echo -ne does.
Bytes decoded(std::string_view text, Typed how) {
  Bytes bytes;
  while (!text.empty()) {
    const bool is_octal = text[0] == '\\';
    if (is_octal) text.remove_prefix(how == Typed::echo ? 2 : 1);
    if (text[0] == '%' && how == Typed::printf) text.remove_prefix(1);
    unsigned value = is_octal ? 0 : static_cast<Byte>(text[0]);
    if (!is_octal) text.remove_prefix(1);
    for (int digits = 0; is_octal && digits < 3 && !text.empty() && text[0] >= '0' && text[0] <= '7';
         ++digits) {
      value = value * 8 + static_cast<unsigned>(text[0] - '0');
      text.remove_prefix(1);
    }
    bytes.push_back(static_cast<Byte>(value));
  }
  return bytes;
}

TEST(TypedParts, AreShort) {
  const Bytes content = bytes(std::string("\177ELF\2\1\0\0\0007%'\\a\0xyz", 18));
  EXPECT_THAT(typed_parts(content, Typed::printf, 100),
              ElementsAre("\\177ELF\\2\\1\\0\\0\\0007%%\\47\\134a\\0xyz"));
  EXPECT_THAT(typed_parts(content, Typed::echo, 100),
              ElementsAre("\\0177ELF\\02\\01\\00\\00\\00007\\045\\047\\0134a\\00xyz"));
}

TEST(TypedParts, AreCutBetweenBytesAndNeedOnlySingleQuotes) {
  Bytes all;
  for (int i = 0; i < 2000; ++i) all.push_back(static_cast<Byte>(i * 7 + i / 256));
  for (const Typed how : {Typed::printf, Typed::echo}) {
    const std::vector<std::string> parts = typed_parts(all, how, 50);
    EXPECT_EQ(decoded(joined(parts), how), all);
    for (const std::string& part : parts) {
      EXPECT_LE(part.size(), 50U);
      EXPECT_EQ(part.find_first_of("'[<>\n!\" "), std::string::npos) << part;
    }
  }
}

TEST(ForDynamicLinker, TheStacksHeaderNamesAnInterpreter) {
  const Bytes little = for_dynamic_linker(bytes("\177ELF\2\1....\x51\xE5\x74\x64...."));
  EXPECT_EQ(little, bytes(std::string("\177ELF\2\1....\3\0\0\0....", 18)));
  const Bytes big = for_dynamic_linker(bytes("\177ELF\2\2....\x64\x74\xE5\x51...."));
  EXPECT_EQ(big, bytes(std::string("\177ELF\2\2....\0\0\0\3....", 18)));
  EXPECT_EQ(for_dynamic_linker(bytes("none")), bytes("none"));
}

/// A shell that knows what is typed here, and keeps files as words that were put together.
class TypedLoaderTest : public testing::Test {
 protected:
  TypedLoaderTest() : shell_(talk_) {
    for (int i = 0; i < 1000; ++i) loader_.push_back(static_cast<Byte>(i * 31));
    board_.tools["printf"] = "printf";
    board_.tools["chmod"] = "chmod";
  }

  struct Answer {
    int status = 0;
    std::string output = {};
  };

  Answer part(const std::string& command) {
    const std::size_t quote = command.find('\'');
    const std::string name = command.substr(0, command.find('='));
    std::string value = command.substr(quote + 1, command.find('\'', quote + 1) - quote - 1);
    if (const auto damaged = damage_.find(name); damaged != damage_.end() && damaged->second-- > 0)
      value[3] ^= 1;
    variables_[name] = value;
    // A line that lost the last digit of its number.
    if (name == lost_digit_of_) variables_[name.substr(0, name.size() - 1)] = value;
    lost_digit_of_ = name == lost_digit_of_ ? "" : lost_digit_of_;
    return {0, value};
  }

  Answer shown(const std::string& command) {
    const std::size_t at = command.find("\"$") + 2;
    return {0, variables_[command.substr(at, command.rfind('"') - at)]};
  }

  Answer together(const std::string& command) {
    const std::string name = command.substr(0, command.find('='));
    std::string value;
    for (std::size_t at = command.find("$V"); at != std::string::npos; at = command.find("$V", at + 1))
      value += variables_["V" + std::to_string(std::stoi(command.substr(at + 2)))];
    if (damage_[name]-- > 0) value.pop_back();
    variables_[name] = value;
    return {};
  }

  Answer start(const std::string& command) {
    const bool is_linker = command.starts_with("L=\"");
    const bool right =
        written_ == joined(typed_parts(is_linker ? for_dynamic_linker(loader_) : loader_, how_, 100'000));
    if (std::ranges::find(noexec_, folder_) != noexec_.end())
      return {126, "sh: " + folder_ + "/f: Permission denied\n"};
    if (!right) return {0, "1 2 " + folder_ + "/f\n"};
    return {0, cksum_of(is_linker ? for_dynamic_linker(loader_) : loader_) + " " + folder_ + "/f\n"};
  }

  Answer write(const std::string& command) {
    folder_ = command.substr(2, command.find("/.serialtcp") - 2);
    written_.clear();
    for (const auto& [name, value] : variables_) {
      if (command.find("$" + name + '"') != std::string::npos ||
          command.find("$" + name + '$') != std::string::npos)
        written_ += value;
    }
    if (std::ranges::find(read_only_, folder_) != read_only_.end()) return {1, "sh: Read-only file system\n"};
    return {};
  }

  Answer answer(const std::string& command) {
    const bool is_printf = board_.has("printf");
    if (!decodes_ && command.ends_with("102'")) return {0, command.substr(command.find('\''))};
    if (command.ends_with("'\\101\\102'")) return {0, is_printf ? "AB\n" : ""};
    if (command.ends_with("'\\0101\\0102'")) return {0, "AB\n"};
    if (command.starts_with("V")) return part(command);
    if (command.find(" \"$V") != std::string::npos || command.find(" %s \"$V") != std::string::npos)
      return shown(command);
    if (command.starts_with("W")) return together(command);
    if (command == "f=") return {};
    if (command.starts_with("f=")) return write(command);
    if (command.starts_with("L=")) return start(command);
    if (command.starts_with("for l in")) return {0, linkers_};
    if (command.starts_with("S=")) return {0, ":aa\n"};
    return {};
  }

  /// Without the marks around a command.
  static std::string command_of(const std::string& line) {
    const std::size_t begin = line.find(';') + 1;
    return line.substr(begin, line.rfind(";echo") - begin);
  }

  std::string type() {
    SimulatedBoard console([this](const std::string& line) {
      if (line.find("echo \"<\"") == std::string::npos) return std::string();
      typed_.push_back(command_of(line));
      const std::size_t digits = line.find('"', line.find('"') + 1) + 1;
      const std::string number = line.substr(digits, line.find('a', digits) - digits);
      const Answer given = answer(typed_.back());
      std::string output = given.output;
      if (!output.empty() && output.back() != '\n') output += '\n';
      return fmt::format("<{0}a>\r\n{1}<{0}z{2}>\r\n", number, output, given.status);
    });
    Task<std::string> task = type_loader(shell_, board_, loader_);
    task.start();
    console.run(
        talk_, [&task] { return task.done(); }, 300s);
    if (!task.done()) return "still typing";
    try {
      return task.result();
    } catch (const Failure& failure) {
      return failure.what();
    }
  }

  std::size_t times(std::string_view begin) {
    return static_cast<std::size_t>(
        std::ranges::count_if(typed_, [begin](const std::string& line) { return line.starts_with(begin); }));
  }

  Notes notes_;
  Talk talk_{notes_, Time{} + 100s};
  Shell shell_;
  Board board_;
  Bytes loader_;
  Typed how_ = Typed::printf;
  bool decodes_ = true;
  std::map<std::string, std::string> variables_;
  std::string lost_digit_of_;
  std::map<std::string, int> damage_;  ///< how often what is put into a variable is another value
  std::vector<std::string> noexec_;
  std::vector<std::string> read_only_;
  std::string linkers_;
  std::string folder_;
  std::string written_;
  std::vector<std::string> typed_;
};

TEST_F(TypedLoaderTest, ItIsTheToolsThatAreMissing) {
  EXPECT_EQ(type(), "");
  EXPECT_EQ(board_.tool("loader"), "$L");
  EXPECT_EQ(board_.tool("chmod"), "chmod");
  EXPECT_EQ(board_.tool("cat"), "$L a");
  EXPECT_EQ(board_.tool("rm"), "$L d");
  EXPECT_EQ(board_.tool("mv"), "$L n");
  EXPECT_EQ(board_.tool("cksum"), "$L c");
  EXPECT_TRUE(board_.knows_terminal);
  EXPECT_TRUE(shell_.knows_terminal());
  EXPECT_THAT(board_.files, ElementsAre("/dev/shm/.serialtcp.l"));
  for (const std::string& command : typed_) EXPECT_LE(command.size(), Shell::kMostCommand) << command;
}

TEST_F(TypedLoaderTest, WhatTheBoardHasIsUsed) {
  board_.tools["cat"] = "cat";
  board_.tools["md5sum"] = "md5sum";
  shell_.terminal_is_known();
  EXPECT_EQ(type(), "");
  EXPECT_EQ(board_.tool("cat"), "cat");
  EXPECT_FALSE(board_.has("cksum"));
  EXPECT_EQ(times("stty()"), 0U);
}

TEST_F(TypedLoaderTest, ADamagedPartIsTypedAgainAndNoOther) {
  damage_["V1"] = 2;
  EXPECT_EQ(type(), "");
  EXPECT_EQ(times("V0="), 1U);
  EXPECT_EQ(times("V1="), 3U);
  EXPECT_EQ(times("V2="), 1U);
}

TEST_F(TypedLoaderTest, APartThatIsAlwaysDamagedIsTheEnd) {
  damage_["V1"] = 100;
  EXPECT_THAT(type(), HasSubstr("what is typed is damaged 8 times in a row"));
  EXPECT_THAT(board_.files, IsEmpty());
}

TEST_F(TypedLoaderTest, IfTheWholeIsDamagedItIsPutTogetherAgain) {
  damage_["W0"] = 2;
  EXPECT_EQ(type(), "");
  EXPECT_EQ(times("W0="), 3U);
  EXPECT_EQ(times("V0="), 1U);
  EXPECT_EQ(times("f=/dev/shm"), 3U);
}

TEST_F(TypedLoaderTest, APartThatAnotherLineHasChangedIsTypedAgain) {
  lost_digit_of_ = "V12";
  EXPECT_EQ(type(), "");
  EXPECT_EQ(times("V1="), 2U);
  EXPECT_EQ(times("V2="), 1U);
  EXPECT_EQ(times("W0="), 2U);
}

TEST_F(TypedLoaderTest, AnEchoThatDecodesIsEnough) {
  board_.tools.erase("printf");
  how_ = Typed::echo;
  EXPECT_EQ(type(), "");
  EXPECT_THAT(typed_, Contains(StartsWith("f=/dev/shm/.serialtcp.l;L=$f;echo -ne \"$W0")));
}

TEST_F(TypedLoaderTest, AShellThatDecodesNothingIsGivenNothing) {
  decodes_ = false;
  EXPECT_EQ(type(), "its shell has neither printf nor echo -e");
  EXPECT_EQ(times("V"), 0U);
}

TEST_F(TypedLoaderTest, APlaceWhereItDoesNotRunIsLeft) {
  read_only_ = {"/dev/shm"};
  noexec_ = {"/run"};
  EXPECT_EQ(type(), "");
  EXPECT_EQ(times("f=/run/"), 1U) << "of a place that is mounted noexec, the answer is clear";
  EXPECT_THAT(board_.files, ElementsAre("/tmp/.serialtcp.l"));
  EXPECT_THAT(typed_, Contains("$L d -f /dev/shm/.serialtcp.l /run/.serialtcp.l"));
}

TEST_F(TypedLoaderTest, WhereItRunsNowhereEachPlaceIsNamed) {
  noexec_ = {"/dev/shm", "/tmp", "/var/tmp", "$HOME"};
  read_only_ = {"/run"};
  EXPECT_EQ(
      type(),
      "no place can be written to and run it (read-only, or mounted noexec): /dev/shm: sh: /dev/shm/f: Permission denied; /run: sh: Read-only file system; "
      "/tmp: sh: /tmp/f: Permission denied; /var/tmp: sh: /var/tmp/f: Permission denied; "
      "$HOME: sh: $HOME/f: Permission denied");
  EXPECT_FALSE(board_.has("loader"));
  EXPECT_EQ(board_.files.size(), 5U) << "they are removed in the end";
}

TEST_F(TypedLoaderTest, WithoutChmodTheDynamicLinkerStartsIt) {
  board_.tools.erase("chmod");
  for (std::size_t i = 0; i < 4; ++i) loader_[100 + i] = std::array<Byte, 4>{0x51, 0xE5, 0x74, 0x64}[i];
  linkers_ = "+/lib64/ld-linux-x86-64.so.2\n";
  EXPECT_EQ(type(), "");
  EXPECT_EQ(board_.tool("chmod"), "$L m");
  EXPECT_THAT(typed_, Contains("L=\"/lib64/ld-linux-x86-64.so.2 $f\";$L c $f"));
}

TEST_F(TypedLoaderTest, WithoutChmodAndDynamicLinkerNothingIsTyped) {
  board_.tools.erase("chmod");
  EXPECT_EQ(type(), "it has neither chmod nor a dynamic linker");
  EXPECT_EQ(times("V"), 0U);
}

TEST(WantsLoader, WhereAToolIsMissing) {
  Board board;
  for (const char* const tool : {"chmod", "cat", "rm", "mv", "stty", "dd", "md5sum"})
    board.tools[tool] = tool;
  EXPECT_FALSE(wants_loader(board));
  EXPECT_EQ(missing_tool(board), "");
  for (const auto& [tool, typed] : board.tools) {
    Board less = board;
    less.tools.erase(tool);
    EXPECT_TRUE(wants_loader(less)) << tool;
  }
  board.tools.erase("md5sum");
  EXPECT_EQ(missing_tool(board), "any of cksum, md5sum and sha256sum");
}

}  // namespace
}  // namespace serialtcp::install
