// Typing the loader (src/loader) at a shell that has not the tools to receive a program: by its builtins alone. It is then the
// tools that are missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "install/board.h"
#include "install/shell.h"
#include "install/task.h"
#include "serialtcp/bytes.h"

namespace serialtcp::install {

/// Of what a board has to have for all that follows, the first that is missing, in words; empty if nothing is.
std::string missing_tool(const Board& board);

/// Whether it is worth the few seconds.
bool wants_loader(const Board& board);

/// Afterwards, if it is empty, the board has the tool "loader", and whatever else was missing. Otherwise why not. Throws Failure.
Task<std::string> type_loader(Shell& shell, Board& board, ByteView loader);

/// How bytes are typed: by printf, or by an echo -ne.
enum class Typed : std::uint8_t { printf, echo };
/// Parts of at most so many characters, which need no more than single quotes; together, what printf or echo makes the bytes of.
std::vector<std::string> typed_parts(ByteView bytes, Typed how, std::size_t most);

/// For a shell without chmod: a file that cannot be executed can be started by the dynamic linker, which takes only programs that
/// name one. This makes the loader such a program; elf(5).
Bytes for_dynamic_linker(ByteView loader);

}  // namespace serialtcp::install
