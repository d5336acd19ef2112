// It is a link like any other, whose options say that its port is a console as well.
#include "cli/getty_command.h"

#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "cli/run.h"
#include "cli/standard_error.h"
#include "os/files.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kGettyHelp =
    "usage: serialtcp getty [OPTION]... SERIALPORT [BAUDRATE]\n"
    "\n"
    "In place of a getty: a login prompt at SERIALPORT (ttyS0), for any terminal program. When a serialtcp speaks at the\n"
    "other end, the port becomes the line of a link, and the console one of its services: serialtcp console NAME shows\n"
    "it there, to several at once. 3 s after the link has ended, the port is the console again.\n"
    "\n"
    "  --command COMMAND  run this by sh -c, again and again (default: agetty, as serial-getty@.service does)\n"
    "  --no-text          the console is reached through the link only: nothing is typed or shown at the port itself\n"
    "  --modem            the port has a modem: nobody logs in without its carrier (DCD), and losing it hangs up\n"
    "\n"
    "Other options are those of a link (serialtcp --help), as in: serialtcp getty -c localhost:22 ttyS0\n"
    "Three times Enter at the port, while the other end is silent, make it a console at once.\n"
    "Exit status: 0 ended by a signal; 1 the port cannot be opened; 2 wrong usage\n";

int wrong_usage(const std::string& text) {
  print_error("getty: " + text + "\nTry 'serialtcp getty --help', or 'man serialtcp-getty'.");
  return kExitUsage;
}

/// The words without those of this command, which are put into `more`. False if a value is missing.
std::optional<std::vector<const char*>> without_own(std::span<const char* const> args, Given& more) {
  constexpr std::string_view kCommandIs = "--command=";
  std::vector<const char*> words;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view text = args[i];
    if (text == "--no-text") {
      more["getty-no-text"] = {""};
    } else if (text == "--modem") {
      more["getty-carrier"] = {""};
    } else if (text.starts_with(kCommandIs)) {
      more["getty-command"] = {std::string(text.substr(kCommandIs.size()))};
    } else if (text == "--command") {
      if (++i == args.size()) return std::nullopt;
      more["getty-command"] = {args[i]};
    } else {
      words.push_back(args[i]);
    }
  }
  return words;
}

}  // namespace

int getty_command(std::span<const char* const> args) {
  Given more = {{"getty", {""}}};
  for (const char* const word : args.subspan(1)) {
    if (std::string_view(word) != "--help" && std::string_view(word) != "-h") continue;
    std::fputs(kGettyHelp.data(), stdout);
    return kExitOk;
  }
  const auto words = without_own(args.subspan(1), more);
  if (!words) return wrong_usage("argument --command: a value is expected");
  auto options = parse_options(*words, more);
  if (!options) {
    if (const auto* const answer = std::get_if<Answer>(&options.error())) {
      std::fputs(answer->text.c_str(), stdout);
      return kExitOk;
    }
    return wrong_usage(std::get<UsageError>(options.error()).text);
  }
  std::string& port = options->link.port;
  if (io::is_standard_input_and_output(port))
    return wrong_usage("standard input and output cannot be a console as well: give a device, as in ttyS0");
  if (port.find('/') == std::string::npos && io::is_character_device("/dev/" + port)) port.insert(0, "/dev/");
  const RunResult result = run(*options);
  if (result.threads == RunResult::Threads::hanging) ::_exit(result.status);
  return result.status;
}

}  // namespace serialtcp::cli
