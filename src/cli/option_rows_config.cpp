// The configuration file.
#include "cli/option_rows.h"
#include "cli/option_setters.h"

namespace serialtcp::cli {

namespace {

const Option kConfigFile[] = {
    {.name = "config",
     .argument = "FILE",
     .suggest = Suggest::configuration,
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = "run all cables of FILE, or only check it",
     .put = &file_of_run<&RunOptions::config_file>},
    {.name = "check-config",
     .argument = "FILE",
     .suggest = Suggest::configuration,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = "run all cables of FILE, or only check it",
     .put = &file_to_check},
    {.name = "strict-start",
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = "exit if a link of FILE cannot start",
     .put = &run_flag<&RunOptions::start, RunOptions::Start::strict>},
};

}  // namespace

std::span<const Option> rows::config_file() {
  return kConfigFile;
}

}  // namespace serialtcp::cli
