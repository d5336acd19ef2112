// What the far end of a cable has: its serial port, or standard input and output, where something else has the line.
#include "port/line_kinds.h"
#include "port/serial_port.h"
#include "port/stdio_line.h"

namespace serialtcp::io {

namespace {

constexpr const LineKind* kKinds[] = {&kStdioLineKind, &kDashLineKind, &kSerialPortKind};

}  // namespace

std::span<const LineKind* const> line_kinds() {
  return kKinds;
}

}  // namespace serialtcp::io
