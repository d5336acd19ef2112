// How much of the log there is and how it looks, by the command line.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/options.h"

namespace serialtcp::cli {
namespace {

Parsed parse(std::vector<const char*> arguments) {
  return parse_options(arguments);
}

std::string complaint(std::vector<const char*> arguments) {
  const auto parsed = parse(std::move(arguments));
  return parsed ? "nothing" : std::get<UsageError>(parsed.error()).text;
}

TEST(LogOptions, SayHowMuchOfTheLogThereIsAndHowItLooks) {
  const auto style = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.end(), {"-s", "1", "x"});
    const auto run = parse(std::move(arguments));
    EXPECT_TRUE(run);
    return run ? run->log_style : LogStyle{};
  };
  EXPECT_EQ(style({}), LogStyle{});
  EXPECT_EQ(style({"-v"}).verbosity, Verbosity::verbose);
  EXPECT_EQ(style({"--verbose", "--debug"}).verbosity, Verbosity::debug);
  EXPECT_EQ(style({"-q"}).verbosity, Verbosity::quiet);
  EXPECT_EQ(style({"--log-format", "text"}).format, LogFormat::text);
  EXPECT_EQ(style({"--log-format=json"}).format, LogFormat::json);
  EXPECT_EQ(style({"--log-format=journal"}).format, LogFormat::journal);
  EXPECT_EQ(style({"--log-format=original"}).format, LogFormat::original);
  for (const char* more : {"-v", "--debug"}) {
    EXPECT_TRUE(complaint({"-q", more, "-s", "1", "x"})
                    .ends_with("less of the log and more of it cannot be had at once: choose --quiet, "
                               "--verbose or --debug"))
        << more;
  }
  EXPECT_EQ(complaint({"--log-format", "xml", "-s", "1", "x"}),
            "argument --log-format: 'xml' is not one of text, json, journal, original");
  const auto of_file = parse({"--config", "f.toml", "-q", "--log-format", "json"});
  ASSERT_TRUE(of_file) << "they may stand beside --config";
}

}  // namespace
}  // namespace serialtcp::cli
