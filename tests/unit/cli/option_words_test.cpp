// How the words of a command line are split into options, values and what stands alone.
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"

namespace serialtcp::cli {
namespace {

RunOptions good(std::vector<const char*> arguments) {
  auto parsed = parse_options(arguments);
  EXPECT_TRUE(parsed) << arguments.front();
  return parsed.value_or(RunOptions{});
}

int listens(std::vector<const char*> arguments) {
  const RunOptions run = good(std::move(arguments));
  if (run.link.servers.size() != 1) return -1;
  return run.link.servers[0].place->host().value_or(io::Target{}).port;
}

std::string complaint(std::vector<const char*> arguments) {
  const auto parsed = parse_options(arguments);
  const auto* const error = parsed ? nullptr : std::get_if<UsageError>(&parsed.error());
  return error != nullptr ? error->text : "(none)";
}

TEST(OptionWords, LettersMayStandTogether) {
  EXPECT_EQ(good({"-qs1234", "x"}).log_style.verbosity, Verbosity::quiet);
  EXPECT_EQ(listens({"-qs1234", "x"}), 1234) << "a flag, and one that has its value attached";
  EXPECT_EQ(listens({"-q4s", "1234", "x"}), 1234) << "and one whose value is the next word";
  EXPECT_EQ(good({"-4", "-s", "1", "x"}).link.family, io::Family::ipv4) << "a letter that is a digit";
  EXPECT_EQ(good({"-c", "-1:1", "x"}).link.clients.at(0).place->text(), "-1:1") << "a value with a dash";
  EXPECT_EQ(complaint({"-qz", "-s", "1", "x"}), "unknown option -z");
  EXPECT_EQ(complaint({"-s", "1", "x", "-5"}),
            "argument BAUDRATE: '-5' is not a baud rate, a number from 1 to 50000000");
}

TEST(OptionWords, AFlagHasNoValueAndTheFirstMistakeIsTold) {
  EXPECT_EQ(complaint({"-s", "1", "x", "--quiet=yes"}), "argument --quiet: no value is expected");
  EXPECT_EQ(complaint({"-s", "1", "x", "--rtscts="}), "argument --rtscts: no value is expected");
  EXPECT_EQ(complaint({"--nonsense", "x", "-s"}), "unknown option --nonsense");
}

TEST(LinkSpeed, MayBeAutoWhereThereIsALinkOnly) {
  const Given given = {{"server", {"1"}}, {"port", {"x"}}, {"baudrate", {"auto"}}};
  const auto link = judge_link(given);
  ASSERT_TRUE(link);
  EXPECT_TRUE(link->seek_speed);
  EXPECT_EQ(link->serial.baud, 115200U);
  Given console = given;
  console["getty"] = {""};
  const auto refused = judge_link(console);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().front().message(),
            "BAUDRATE auto is for links only: a console needs a speed that is known");
}

}  // namespace
}  // namespace serialtcp::cli
