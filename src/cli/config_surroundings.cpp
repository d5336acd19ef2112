#include "cli/config_surroundings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "cli/start_check.h"
#include "cli/table_kind.h"
#include "control/place.h"
#include "os/asio.h"
#include "os/error_text.h"
#include "os/text.h"
#include "os/undumpable.h"

namespace serialtcp::cli {

namespace {

Place place_of(const Configuration& config, std::string_view option) {
  const auto found = config.places.find(option);
  return found != config.places.end() ? found->second : Place{};
}

}  // namespace

SurroundingProblems surrounding_problems(const Configuration& config) {
  SurroundingProblems found;
  const io::Undumpable undumpable;  // keys are read
  io::asio::io_context context;
  const StartSite site{.context = context,
                       .becomes_free = [](const io::ListenPlace&) { return true; },
                       .passed = StartSite::Passed::to_another};
  const auto tell = [&found](const std::vector<StartProblem>& problems, const PlacedTable& placed) {
    for (const StartProblem& problem : problems) {
      const Place place = placed.where(problem.option, problem.index);
      const bool mistake = problem.weight == StartProblem::Weight::mistake;
      (mistake ? found.mistakes : found.warnings).push_back({place, io::printable(problem.text)});
    }
  };
  for (std::size_t i = 0; i < config.links.size(); ++i)
    tell(start_problems(config.links[i], site), config.placed[i]);
  for (const Table& table : config.tables)
    tell(table.placed.kind->start_problems(*table.options, site), table.placed);
  if (config.log_file) {
    if (const int error = log_error(*config.log_file)) {
      found.mistakes.push_back(
          {place_of(config, "log"), fmt::format("Could not open log file {}: {}: choose another one",
                                                io::printable(*config.log_file), io::plain_text(error))});
    }
  }
  if (config.control.use == ControlChoice::Use::at_path) {
    if (const auto problem = control::problem_at(config.control.path)) {
      found.warnings.push_back(
          {place_of(config, "control"), fmt::format("there would be no control socket at {}: {}",
                                                    io::printable(config.control.path), *problem)});
    }
  }
  std::ranges::sort(found.mistakes);
  std::ranges::sort(found.warnings);
  return found;
}

}  // namespace serialtcp::cli
