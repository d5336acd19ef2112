// What shells need to complete the command line of serialtcp: templates (tools/completions) in which the option table is
// filled in. Each is a file that a shell loads, and needs nothing but the shell.
#pragma once

#include <string>

namespace serialtcp::tools {

std::string bash_completion(std::string text);
std::string zsh_completion(std::string text);
std::string fish_completion(std::string text);

}  // namespace serialtcp::tools
