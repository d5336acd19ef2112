// What somebody is told who gives too little.
#include "cli/first_words.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "cli/version_command.h"

namespace serialtcp::cli {
namespace {

const std::vector<io::PortFound> kPorts = {{"/dev/ttyACM0", "cdc_acm, 2341:0043", ""}};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(FirstWords, WithoutAnyTellWhatToWriteWithAPortThatIsThere) {
  const std::string text = no_service_message({}, kPorts);
  EXPECT_TRUE(text.starts_with("what is to go through which serial port?\n")) << text;
  EXPECT_TRUE(has(text, "to listen here:             serialtcp --server 1234 /dev/ttyACM0\n"));
  EXPECT_TRUE(has(text, "to offer a service here:    serialtcp --client localhost:22 /dev/ttyACM0\n"));
  EXPECT_TRUE(has(text, "Serial ports of this machine:\n  /dev/ttyACM0  (cdc_acm, 2341:0043)"));
  const std::string none = no_service_message({}, {});
  EXPECT_TRUE(has(none, "--server 1234 /dev/ttyUSB0\n"));
  EXPECT_TRUE(has(none, "No serial port was found on this machine."));
}

TEST(FirstWords, WithOnlyADeviceUseIt) {
  for (const char* port : {"/dev/ttyUSB3", "socket://box:4001", "unix:/run/vm", "loop://", "./x"}) {
    const std::string text = no_service_message({port, "9600"}, kPorts);
    EXPECT_TRUE(text.starts_with(std::string("what is to go through ") + port + "?\n")) << text;
    EXPECT_TRUE(has(text, std::string("--server 1234 ") + port));
  }
}

TEST(FirstWords, WithAnUnknownWordSayWhichIsKnown) {
  EXPECT_TRUE(no_service_message({"cabel", "A", "B"}, kPorts)
                  .starts_with("'cabel' is no command: did you mean 'cable'?\n"));
  EXPECT_TRUE(no_service_message({"versoin"}, kPorts)
                  .starts_with("'versoin' is no command: did you mean 'version'?"));
  EXPECT_TRUE(no_service_message({"telephone"}, kPorts)
                  .starts_with("'telephone' is no command, and no serial port\n"));
  EXPECT_TRUE(no_service_message({"COM3"}, kPorts)
                  .starts_with("'COM3' is no serial port: that is a name of Windows"));
  EXPECT_TRUE(has(no_service_message({"ttyUSB77"}, kPorts), "did you mean /dev/ttyUSB77?"));
}

TEST(FirstWords, AreAskedForOnlyWhereThereIsNoService) {
  const auto alone = [](std::vector<const char*> arguments) {
    const auto parsed = parse_options(arguments);
    return std::get<UsageError>(parsed.error()).alone;
  };
  EXPECT_EQ(alone({}), std::vector<std::string>());
  EXPECT_EQ(alone({"/dev/ttyUSB0", "9600"}), (std::vector<std::string>{"/dev/ttyUSB0", "9600"}));
  EXPECT_EQ(alone({"a", "b", "c"}), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(alone({"-s", "1"}), std::nullopt);
  EXPECT_EQ(alone({"-s", "1", "x", "fast"}), std::nullopt);
  EXPECT_EQ(alone({"--nonsense"}), std::nullopt);
}

TEST(VersionCommand, NamesTheLibraries) {
  const std::string text = version_text();
  EXPECT_TRUE(text.starts_with("serialtcp "));
  for (const char* library : {"Boost", "fmt", "ISA-L", "libslirp", "libsodium", "toml++", "zstd"})
    EXPECT_TRUE(has(text, std::string("\n  ") + library + " ")) << text;
}

}  // namespace
}  // namespace serialtcp::cli
