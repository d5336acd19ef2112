// Words of a command line, split by a table of options into text for each option. Which values are right is no matter here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/option_table.h"
#include "cli/options.h"

namespace serialtcp::cli {

/// The command line as text, before it is checked.
struct WordsGiven {
  Given given = {};                          ///< those that have a name
  std::vector<std::string> positional = {};  ///< in their order
};

/// Nothing, or the mistake; `words` has what was understood, also behind it: --help may follow.
std::optional<UsageError> split_words(OptionTable table, std::span<const char* const> arguments,
                                      WordsGiven& words);

/// Assigns positional arguments to their options.
std::optional<UsageError> place_positional(OptionTable table, WordsGiven& words);

}  // namespace serialtcp::cli
