// The terminal that a command was started at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace serialtcp::io {

enum class StandardStream : std::uint8_t { input, output, error };

/// Whether it is a terminal; on Windows: a console.
bool is_terminal(StandardStream stream);

/// Characters in a line of the terminal that is standard output; 0 if it is none.
std::size_t terminal_width();

/// The user has not said otherwise: NO_COLOR (no-color.org), TERM where there is such a thing.
bool colours_are_wanted();
/// A terminal, too.
bool shows_colours(StandardStream stream);

/// Writes to standard error what is meant for people; waits for a tenth of a second, then it is dropped.
void write_standard_error(std::string_view text);

}  // namespace serialtcp::io
