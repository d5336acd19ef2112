// ExecLine: a program that replaces a serial line, through a socket.
#pragma once

#include <string>

#include "port/connected_line.h"
#include "port/program_line.h"

namespace serialtcp::io {

class ExecLine final : public ProgramLine<ConnectedLine> {
 public:
  /// `command` is for the system's shell. The observer must outlive the line.
  ExecLine(const LineRequest& request, std::string command);

 private:
  std::expected<std::shared_ptr<ChildProcess>, int> start_program(ChildProcess::Reports reports) override;

  std::string command_;
};

/// exec:COMMAND
extern const LineKind kExecLineKind;

}  // namespace serialtcp::io
