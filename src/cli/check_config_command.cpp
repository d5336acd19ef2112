#include "cli/check_config_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "cli/config_file.h"
#include "cli/config_surroundings.h"
#include "cli/run.h"

namespace serialtcp::cli {

namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

int check_config_command(const std::string& file) {
  const auto config = read_config(file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().c_str());
    return kExitUsage;
  }
  SurroundingProblems found = surrounding_problems(*config);
  for (ConfigMistake& warning : found.warnings) warning.text = "warning: " + warning.text;
  for (const auto* const list : {&found.mistakes, &found.warnings}) {
    if (!list->empty()) std::fprintf(stderr, "%s\n", placed_lines(file, *list).c_str());
  }
  if (!found.mistakes.empty()) return kExitUsage;
  const std::string warnings = found.warnings.empty() ? "" : ", " + counted(found.warnings.size(), "warning");
  std::fputs(
      fmt::format("{}: {}, no mistakes{}\n", file, counted(config->links.size(), "link"), warnings).c_str(),
      stdout);
  return kExitOk;
}

}  // namespace serialtcp::cli
