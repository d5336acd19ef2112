// All kinds of lines that there are on Windows, one row each.
#include "port/absent_line_windows.h"
#include "port/exec_line.h"
#include "port/hwgrep_line.h"
#include "port/line_kinds.h"
#include "port/listen_line.h"
#include "port/loop_line.h"
#include "port/pipe_line_windows.h"
#include "port/serial_port.h"
#include "port/socket_line.h"
#include "port/spy_line.h"
#include "port/stdio_line.h"
#include "port/telnet_line.h"

namespace serialtcp::io {

namespace {

constexpr const LineKind* kWindowsKinds[] = {
    &kSocketLineKind, &kTelnetLineKind, &kRfc2217LineKind, &kPipeLineKind,       &kPipePathLineKind,
    &kListenLineKind, &kExecLineKind,   &kStdioLineKind,   &kDashLineKind,       &kHwgrepLineKind,
    &kSpyLineKind,    &kAltLineKind,    &kLoopLineKind,    &kAbsentUnixLineKind, &kAbsentTerminalLineKind,
    &kSerialPortKind,
};

}  // namespace

std::span<const LineKind* const> line_kinds() {
  return kWindowsKinds;
}

}  // namespace serialtcp::io
