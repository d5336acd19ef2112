// The far end of serialtcp cp: a program of a session there, which does what the near end asks for through standard input
// and output. It waits, so it is a process of its own.
#pragma once

#include <string>

namespace serialtcp::io::copy {

/// Where entries go that are to be put at `path`: into it, if it is a folder, or is to be one; else it is the entry itself.
struct Destination {
  std::string folder;
  std::string name;  ///< empty: entries keep theirs
};
Destination destination_of(const std::string& path, bool is_folder);

/// Returns the exit status.
int serve_copies(int input, int output);

}  // namespace serialtcp::io::copy
