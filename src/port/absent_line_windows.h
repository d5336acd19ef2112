// Kinds of lines that other systems have and Windows has not: their names are recognized, and answered by what there is instead.
#pragma once

#include "port/line_kind.h"

namespace serialtcp::io {

/// "unix:PATH"
extern const LineKind kAbsentUnixLineKind;
/// "exec,pty:COMMAND"
extern const LineKind kAbsentTerminalLineKind;

}  // namespace serialtcp::io
