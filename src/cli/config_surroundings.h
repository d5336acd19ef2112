// What a start with a configuration needs beside the file: keys, devices, addresses, the log, the control socket. Found
// out for --check-config; nothing is changed, and what the program uses that runs with the file already is no mistake.
#pragma once

#include <vector>

#include "cli/config_file.h"

namespace serialtcp::cli {

struct SurroundingProblems {
  std::vector<ConfigMistake> mistakes = {};  ///< the program, or a link, could not start
  std::vector<ConfigMistake> warnings = {};  ///< it would start, and somebody should know this
};

/// In the order of their places.
SurroundingProblems surrounding_problems(const Configuration& config);

}  // namespace serialtcp::cli
