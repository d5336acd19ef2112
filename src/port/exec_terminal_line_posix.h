// ExecTerminalLine: a program that replaces a serial line, on a terminal of its own.
#pragma once

#include <string>

#include "port/descriptor_line_posix.h"
#include "port/program_line.h"

namespace serialtcp::io {

class ExecTerminalLine final : public ProgramLine<DescriptorLine> {
 public:
  /// `command` is for /bin/sh -c. The observer must outlive the line.
  ExecTerminalLine(const LineRequest& request, std::string command);

 private:
  std::expected<std::shared_ptr<ChildProcess>, int> start_program(ChildProcess::Reports reports) override;

  std::string command_;
};

/// exec,pty:COMMAND
extern const LineKind kExecTerminalLineKind;

}  // namespace serialtcp::io
