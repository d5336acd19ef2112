#include "cli/check_config_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/config_file.h"
#include "cli/run.h"

namespace serialtcp::cli {

int check_config_command(const std::string& file) {
  const auto config = read_config(file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().c_str());
    return kExitUsage;
  }
  const std::size_t links = config->links.size();
  std::fputs(fmt::format("{}: {} link{}, no mistakes\n", file, links, links == 1 ? "" : "s").c_str(), stdout);
  return kExitOk;
}

}  // namespace serialtcp::cli
