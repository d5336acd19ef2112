// The configuration file, arbitrary bytes: they are either accepted, and are then within the documented
// limits, or refused with places that are in the file and messages of one line.
#include <algorithm>
#include <string>

#include "cli/config_file.h"
#include "input.h"

namespace serialtcp::fuzz {
namespace {

void check_link(const cli::LinkOptions& link) {
  demand(!link.port.empty() && !link.name.empty(), "a link has a device and a name");
  const bool forwards = !link.local_forwards.empty() || !link.remote_forwards.empty() ||
                        !link.dynamic_forwards.empty() || !link.allowed.empty() ||
                        !link.allowed_listen.empty();
  demand(forwards || !link.servers.empty() || !link.clients.empty(), "a link has something to do");
  demand(link.servers.size() + link.clients.size() <= limits::kMaxServices, "not too many services");
  demand(link.serial.baud >= 1 && link.serial.baud <= 50'000'000, "the speed is within its limits");
  demand(link.connect_timeout > Duration{}, "a timeout is some time");
  demand(!link.sync_timeout || *link.sync_timeout > Duration{}, "a timeout is some time");
  demand(link.hold >= Duration{}, "the hold time is not negative");
}

void check_good(const cli::Configuration& config) {
  demand(!config.links.empty() || !config.tables.empty(), "there is something to run");
  demand(config.links.size() <= cli::kMaxLinks, "not too many links");
  for (const cli::Table& table : config.tables)
    demand(!table.options->name.empty() && table.placed.kind != nullptr, "each has a name and is of a kind");
  demand(!config.log_file || !config.log_file->empty(), "a log file has a name");
  for (const cli::LinkOptions& link : config.links) check_link(link);
}

void check_mistakes(const std::vector<cli::ConfigMistake>& mistakes, const std::string& text) {
  demand(!mistakes.empty(), "there is a mistake");
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  demand(std::ranges::is_sorted(mistakes, {}, &cli::ConfigMistake::place),
         "mistakes are in the file's order");
  for (const auto& [place, what] : mistakes) {
    demand(place.line >= 1 && place.line <= lines + 1, "the line is in the file");
    demand(place.column >= 1 && place.column <= text.size() + 2, "the column is in the file");
    demand(!what.empty() && what.find('\n') == std::string::npos, "a mistake is told in one line");
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto config = serialtcp::cli::parse_config(text);
  if (config) {
    serialtcp::fuzz::check_good(*config);
  } else {
    serialtcp::fuzz::check_mistakes(config.error(), text);
  }
  return 0;
}
