// The log, and what any program has.
#include "cli/option_rows.h"
#include "cli/option_setters.h"
#include "cli/option_values.h"

namespace serialtcp::cli {

namespace {

/// Options that share a line of --help.
constexpr std::string_view kVerbosityHelp = "log more, or only what is wrong";
constexpr std::string_view kAnswerHelp = "print the version, or this";

const Option kLog[] = {
    {.name = "log",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/var/log/serialtcp.log\"",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "write the log to FILE (default: standard error)",
     .put = &file_of_run<&RunOptions::log_file>},
    {.name = "log-format",
     .argument = "text|json|journal|original",
     .values = "text json journal original",
     .toml = Toml::text,
     .example = "\"json\"",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "how the log looks (default: text)",
     .put = &log_format},
    {.name = "verbose",
     .letter = 'v',
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = kVerbosityHelp,
     .put = &verbosity<Verbosity::verbose>},
    {.name = "quiet",
     .letter = 'q',
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = kVerbosityHelp,
     .put = &verbosity<Verbosity::quiet>},
    {.name = "debug",
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "log everything that is received from the line",
     .put = &verbosity<Verbosity::debug>},
    {.name = "ready",
     .argument = "listening|link",
     .values = "listening link",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "when systemd counts it as started (listening)",
     .put = &run_value<&RunOptions::ready, parse_ready>},
};

const Option kAnswers[] = {
    {.name = "test-port-file",
     .argument = "FILE",
     .suggest = Suggest::file,
     .stands = Stands::hidden,
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "write the ports that are listened on to FILE",
     .put = &file_of_run<&RunOptions::test_port_file>},
    {.name = "version", .section = Section::program, .help = kAnswerHelp, .put = {}},
    {.name = "help", .letter = 'h', .section = Section::program, .help = kAnswerHelp, .put = {}},
};

}  // namespace

std::span<const Option> rows::log() {
  return kLog;
}

std::span<const Option> rows::answers() {
  return kAnswers;
}

}  // namespace serialtcp::cli
