// PipeLine: a named pipe of Windows as a Line, as virtual machines have them in place of a serial port. The other program makes
// it; this one connects.
#pragma once

#include <string>
#include <string_view>

#include "port/handle_line_windows.h"
#include "port/line_kind.h"

namespace serialtcp::io {

class PipeLine final : public HandleLine {
 public:
  /// `name`: "pipe:NAME" or "\\.\pipe\NAME".
  PipeLine(asio::io_context& context, std::string name) : HandleLine(context, std::move(name)) {}
  ~PipeLine() override;

  void open(Opened opened) override { opened(open_pipe()); }

 private:
  std::expected<void, OpenError> open_pipe();
};

/// pipe:NAME, and the whole path of one.
extern const LineKind kPipeLineKind;
extern const LineKind kPipePathLineKind;

/// What CreateFile() wants of either form: "\\.\pipe\NAME"; empty if `name` is none of them.
std::string pipe_path(std::string_view name);

}  // namespace serialtcp::io
