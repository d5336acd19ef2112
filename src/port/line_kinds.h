// The kinds of lines that this edition of the program has: it is linked with line_kinds_full.cpp or line_kinds_lite.cpp.
#pragma once

#include <span>

#include "port/line_kind.h"

namespace serialtcp::io {

/// The first whose prefix fits is the kind of a name. Serial ports, which have none, come last.
std::span<const LineKind* const> line_kinds();

}  // namespace serialtcp::io
