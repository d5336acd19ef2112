// All kinds of lines, one row each.
#include "port/exec_line.h"
#include "port/exec_terminal_line_posix.h"
#include "port/hwgrep_line.h"
#include "port/line_kinds.h"
#include "port/listen_line.h"
#include "port/loop_line.h"
#include "port/serial_port.h"
#include "port/socket_line.h"
#include "port/spy_line.h"
#include "port/stdio_line.h"
#include "port/telnet_line.h"
#include "port/unix_line.h"

namespace serialtcp::io {

namespace {

constexpr const LineKind* kKinds[] = {
    &kSocketLineKind, &kTelnetLineKind,       &kRfc2217LineKind, &kUnixLineKind,   &kListenLineKind,
    &kExecLineKind,   &kExecTerminalLineKind, &kStdioLineKind,   &kDashLineKind,   &kHwgrepLineKind,
    &kSpyLineKind,    &kAltLineKind,          &kLoopLineKind,    &kSerialPortKind,
};

}  // namespace

std::span<const LineKind* const> line_kinds() {
  return kKinds;
}

}  // namespace serialtcp::io
