// A command with a line of its own is two processes: this one has the line, as any serialtcp, and a child has standard input
// and output, which may be files, and which others may have open.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/options.h"

namespace serialtcp::cli {

/// The child calls `child` with its side of a pair of sockets, which becomes the stream, and ends with what that returns. In
/// this process, standard input and output are /dev/null from then on. Empty if it cannot be done; errno says why.
std::optional<RunOptions::Joint> split_process(const std::function<int(int socket)>& child);

/// Runs the link whose words these are, without its log, and the child with its stream. `wanted` is what the stream is for, as
/// an option that only a command gives. Returns the exit status; `failed` is the one of failures.
struct OwnLine {
  std::string command;  ///< "connect", for messages
  Given wanted = {};
  int failed = 1;
  RunOptions::Joint::Status status = RunOptions::Joint::Status::of_stream;
};
int run_own_line(const OwnLine& line, std::span<const char* const> words,
                 const std::function<int(int socket)>& child);

}  // namespace serialtcp::cli
