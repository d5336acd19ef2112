#include "cli/check_config_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "cli/config_file.h"
#include "cli/config_surroundings.h"
#include "cli/run.h"
#include "cli/table_kind.h"
#include "os/text.h"

namespace serialtcp::cli {

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
  const std::string warnings =
      found.warnings.empty() ? "" : ", " + io::counted(found.warnings.size(), "warning");
  std::string others;
  for (const TableKindOf kind : table_kinds()) {
    const auto of_kind = [kind](const Table& table) { return table.placed.kind == &kind(); };
    const auto count = static_cast<std::uint64_t>(std::ranges::count_if(config->tables, of_kind));
    if (count > 0) others += fmt::format(", {}", io::counted(count, kind().words().noun));
  }
  std::fputs(fmt::format("{}: {}{}, no mistakes{}\n", file, io::counted(config->links.size(), "link"), others,
                         warnings)
                 .c_str(),
             stdout);
  return kExitOk;
}

}  // namespace serialtcp::cli
