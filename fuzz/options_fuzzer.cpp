// The command line and the settings of an emulated cable, arbitrary words: they are either accepted, and are
// then within the documented limits, or refused with a message of one line.
#include <string>
#include <string_view>
#include <vector>

#include "cli/cable_options.h"
#include "cli/options.h"
#include "input.h"

namespace serialtcp::fuzz {
namespace {

/// As main() gets them: no word contains a 0.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty() && list.size() < 40) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    list.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

void check_link(const cli::LinkOptions& options) {
  demand(!options.port.empty(), "there is a serial port");
  demand(options.serial.baud >= 1 && options.serial.baud <= 50'000'000, "the speed is within its limits");
  demand(options.connect_timeout > Duration{}, "a timeout is some time");
  demand(!options.sync_timeout || *options.sync_timeout > Duration{}, "a timeout is some time");
  demand(options.hold >= Duration{}, "the hold time is not negative");
}

/// A link, or a configuration file.
void check(const cli::RunOptions& options) {
  if (!options.config_file) return check_link(options.link);
  demand(!options.config_file->empty(), "a file has a name");
}

void parse_command_line(const std::vector<std::string>& list) {
  std::vector<const char*> arguments;
  for (const std::string& word : list) arguments.push_back(word.c_str());
  const cli::Parsed parsed = cli::parse_options(arguments);
  if (parsed) return check(*parsed);
  const auto* mistake = std::get_if<cli::UsageError>(&parsed.error());
  demand(mistake == nullptr || !mistake->text.empty(), "a mistake is told");
}

void parse_cable_settings(const std::vector<std::string>& list) {
  io::CableSettings settings;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const auto done = cli::set_cable_option(settings, list[i], list[i + 1]);
    demand(done || !done.error().empty(), "a mistake is told");
    const sim::Faults& faults = settings.faults;
    for (const double p : {faults.ber, faults.drop, faults.insert, faults.duplicate, faults.zero,
                           faults.burst, faults.stall}) {
      demand(p >= 0 && p <= 1, "a probability is one");
    }
    demand(settings.latency >= Duration{} && settings.quantum >= Duration{}, "no time is negative");
  }
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const std::vector<std::string> list = serialtcp::fuzz::words(text);
  serialtcp::fuzz::parse_command_line(list);
  serialtcp::fuzz::parse_cable_settings(list);
  return 0;
}
