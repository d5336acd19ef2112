// The far end of serialtcp cp, which a session runs: `serialtcp cp --serve`.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace serialtcp::cli {

/// The name of this part of a session, and the words that run it.
inline constexpr const char* kCopySubsystem = "cp";
std::vector<std::string> copy_words();

/// Whether these are those words, and not a user's.
bool serves_copies(std::span<const char* const> args);

/// `args` begins with the word "cp". Returns the exit status.
int cp_far_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
