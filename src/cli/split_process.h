// A command with a line of its own is two processes: this one has the line, as any serialtcp, and a child has standard input
// and output, which may be files, and which others may have open.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/options.h"
#include "os/native_handle.h"

namespace serialtcp::cli {

/// Runs the link whose words these are, without its log, and the child with its stream, which it calls `child` with; the child ends
/// with what that returns. `wanted` is what the stream is for, as
/// an option that only a command gives. Returns the exit status; `failed` is the one of failures.
struct OwnLine {
  std::string command;  ///< "connect", for messages
  Given wanted = {};
  int failed = 1;
  RunOptions::Joint::Status status = RunOptions::Joint::Status::of_stream;
};
int run_own_line(const OwnLine& line, std::span<const char* const> words,
                 const std::function<int(io::NativeHandle stream)>& child);

}  // namespace serialtcp::cli
