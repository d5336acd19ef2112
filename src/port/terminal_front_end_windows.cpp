// Programs of Windows open COM ports, and no program can make one of those.
#include "port/terminal_front_end.h"

namespace serialtcp::io {

std::expected<std::unique_ptr<TerminalFrontEnd>, std::string> TerminalFrontEnd::make(asio::io_context&,
                                                                                     const std::string&,
                                                                                     const SerialSettings&) {
  return std::unexpected(
      "there are no pseudo-terminals on Windows: share the port over TCP, and have com0com and hub4com make a COM port of that");
}

}  // namespace serialtcp::io
