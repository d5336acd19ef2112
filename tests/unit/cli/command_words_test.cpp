// The words of a subcommand: what is taken over, the messages for mistakes, its --help.
#include "cli/command_words.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace serialtcp::cli {
namespace {

/// A command with one of each kind.
struct Command {
  std::string device, speed;
  std::optional<std::string> interval;
  std::vector<std::string> places;
  bool lines = false;
  CommandWords words;

  Command() {
    words.add({.name = "DEVICE", .help = "what is shared", .to = &device});
    words.add({.name = "SPEED", .help = "how fast", .required = false, .to = &speed});
    words.add_text("-d", "SECONDS", "how often", interval);
    words.add_flag("-b", "as lines", lines);
    words.add({.name = "--raw",
               .value = "PORT",
               .help = "listen there",
               .repeated = true,
               .put = [this](const std::string& text) -> std::optional<std::string> {
                 if (text == "bad") return "argument --raw: it is bad";
                 places.push_back(text);
                 return std::nullopt;
               }});
  }

  std::string parse(std::vector<const char*> args) {
    args.insert(args.begin(), "share");
    return words.parse(args).value_or("");
  }
};

std::string mistake(std::vector<const char*> args) {
  return Command().parse(std::move(args));
}

TEST(CommandWords, AreTakenOverInAnyOrder) {
  Command command;
  EXPECT_EQ(command.parse({"--raw", "1", "/dev/x", "-b", "--raw=2", "9600", "-d", "-5"}), "");
  EXPECT_EQ(command.device, "/dev/x");
  EXPECT_EQ(command.speed, "9600");
  EXPECT_EQ(command.places, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(command.interval, "-5");
  EXPECT_TRUE(command.lines);
}

TEST(CommandWords, LettersMayStandTogetherAndDashesEndTheOptions) {
  Command command;
  EXPECT_EQ(command.parse({"-bd0.5", "--", "--raw"}), "");
  EXPECT_EQ(command.device, "--raw");
  EXPECT_EQ(command.interval, "0.5");
  EXPECT_TRUE(command.lines);
}

TEST(CommandWords, SayWhatIsWrong) {
  EXPECT_EQ(mistake({}), "DEVICE is expected");
  EXPECT_EQ(mistake({"x", "1", "y\x1b"}), "unexpected 'y?'");
  EXPECT_EQ(mistake({"x", "--rwa=1"}), "unknown option --rwa: did you mean '--raw'?");
  EXPECT_EQ(mistake({"x", "-bz"}), "unknown option -bz: did you mean '-b'?");
  EXPECT_EQ(mistake({"x", "--raw"}), "argument --raw: a value is expected");
  EXPECT_EQ(mistake({"x", "--raw", "bad"}), "argument --raw: it is bad");
  EXPECT_EQ(mistake({"x", "-d", "1", "-d", "2"}), "argument -d: it is given twice");
  EXPECT_EQ(mistake({"--raw=bad", "--nonsense"}), "argument --raw: it is bad") << "the first mistake";
}

TEST(CommandWords, HelpIsGivenWhateverElseIsWrong) {
  Command command;
  EXPECT_EQ(command.parse({"--nonsense", "-h"}), "");
  EXPECT_TRUE(command.words.wants_help());
  EXPECT_EQ(command.words.help("serialtcp share", "Shares it."),
            "usage: serialtcp share [OPTION]... DEVICE [SPEED]\n\nShares it.\n\n"
            "  DEVICE                      what is shared\n"
            "  SPEED                       how fast\n"
            "  -d SECONDS                  how often\n"
            "  -b                          as lines\n"
            "  --raw PORT                  listen there\n"
            "  -h, --help                  print this\n");
}

}  // namespace
}  // namespace serialtcp::cli
