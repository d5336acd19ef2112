// Runs what the words of the command line want.
#pragma once

#include <span>
#include <string_view>

namespace serialtcp::cli {

/// `called`: the name by which this program was started; the arguments are those behind it. Returns the exit status when it is over.
/// Signals are held back until then (cli/signals.h).
int start(std::string_view called, std::span<const char* const> arguments);

}  // namespace serialtcp::cli
