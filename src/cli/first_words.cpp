#include "cli/first_words.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "cli/edition.h"
#include "cli/known_words.h"

namespace serialtcp::cli {

namespace {

std::string examples(std::string_view port) {
  return fmt::format(
      "  to listen here:             serialtcp --server 1234 {0}\n"
      "  to offer a service here:    serialtcp --client localhost:22 {0}\n"
      "The other end of the cable needs the other one of the two.\n",
      port);
}

std::string list(const std::vector<io::PortFound>& ports) {
  if (ports.empty()) return "No serial port was found on this machine.";
  std::string text = "Serial ports of this machine:\n" + io::ports_in_lines(ports);
  text.pop_back();
  return text;
}

/// A word is taken for a port if it may name one.
bool may_be_port(const std::string& word, const std::vector<io::PortFound>& ports) {
  if (word.find('/') != std::string::npos || word.find(':') != std::string::npos) return true;
  for (const io::PortFound& port : ports) {
    if (port.path == "/dev/" + word) return true;
  }
  return false;
}

}  // namespace

std::string no_service_message(const std::vector<std::string>& words,
                               const std::vector<io::PortFound>& ports) {
  const std::string some_port = ports.empty() ? std::string(edition().wording.port) : ports.front().path;
  if (words.empty())
    return fmt::format("what is to go through which serial port?\n{}{}", examples(some_port), list(ports));
  const std::string& word = words.front();
  if (const auto misspelt = io::misspelt_port(word))
    return fmt::format("{}\n{}{}", *misspelt, examples(some_port), list(ports));
  if (may_be_port(word, ports)) {
    std::string text = fmt::format("what is to go through {}?\n{}", word, examples(word));
    text.pop_back();
    return text;
  }
  std::vector<std::string_view> names;
  for (const Command& command : edition().commands) names.push_back(command.name);
  const KnownWords known(std::move(names));
  const std::string suggestion = known.suggestion(word);
  const std::string hint = suggestion.empty() ? ", and no serial port" : suggestion;
  return fmt::format("'{}' is no command{}\n{}{}", word, hint, examples(some_port), list(ports));
}

}  // namespace serialtcp::cli
