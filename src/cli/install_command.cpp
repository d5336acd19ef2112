// It is a link like any other, whose options say that what is missing is installed.
#include "cli/install_command.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "cli/run.h"
#include "cli/running_processes.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kInstallName = "install";

constexpr std::string_view kInstallHelp =
    "usage: serialtcp install [OPTION]... SERIALPORT [BAUDRATE]\n"
    "\n"
    "Starts serialtcp at the other end, where nothing is but a login prompt or a shell, and makes a link to it. What\n"
    "is missing there is brought over first. When the link ends, the console there is as it was before.\n"
    "\n"
    "  --user NAME           for the login prompt (default: it is asked)\n"
    "  --password-file FILE  its first line is the password (default: it is asked)\n"
    "  --save PATH           the program stays there at PATH (default: in memory, until the next boot)\n"
    "  --as OPTIONS          of serialtcp at the other end (default: it permits everything)\n"
    "  --boards DIR          where the programs for boards are, as scripts/build-boards makes them\n"
    "  --upgrade             replace another version that is there\n"
    "  --transcript FILE     write there what is typed and answered, but not the password\n"
    "\n"
    "Other options are those of a link (serialtcp --help), as in: serialtcp install -L 2222:localhost:22 /dev/ttyUSB0\n"
    "Meanwhile: serialtcp connect localhost:22\n"
    "Exit status: 0 ended by a signal; 1 it could not be installed; 2 wrong usage\n";

}  // namespace

int install_command(std::span<const char* const> args) {
  std::vector<const char*> words;
  for (const char* const word : args.subspan(1)) {
    const std::string_view text = word;
    // In a link, a user's name needs to say for what it is.
    words.push_back(text == "--user" ? "--login" : word);
    if (text == "--help" || text == "-h") {
      std::fputs(kInstallHelp.data(), stdout);
      return kExitOk;
    }
  }
  auto options = parse_options(words, {{"install", {""}}});
  if (!options) {
    if (const auto* const answer = std::get_if<Answer>(&options.error())) {
      std::fputs(answer->text.c_str(), stdout);
      return kExitOk;
    }
    print_problem(kInstallName, std::get<UsageError>(options.error()).text +
                                    "\nTry 'serialtcp install --help', or 'man serialtcp-install'.");
    return kExitUsage;
  }
  if (io::is_standard_input_and_output(options->link.port)) {
    print_problem(kInstallName,
                  "standard input and output have no console at their other end: give a device");
    return kExitUsage;
  }
  const RunResult result = run(*options);
  if (result.threads == RunResult::Threads::hanging) ::_exit(result.status);
  return result.status;
}

}  // namespace serialtcp::cli
