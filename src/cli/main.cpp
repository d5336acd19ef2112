// serialtcp: TCP services through a serial cable.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/process_start.h"
#include "cli/signals.h"
#include "cli/start.h"
#include "os/files.h"

namespace {

/// Before everything else.
[[gnu::constructor(101)]] void hold_signals_back() {
  serialtcp::cli::hold_signals_back();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace serialtcp;
  cli::prepare_process();
  const std::vector<std::string> words = cli::own_arguments(argc, argv);
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const std::string_view called = words.empty() ? std::string_view() : io::file_name(words.front());
  return cli::start(called, std::span(arguments).subspan(arguments.empty() ? 0 : 1));
}
