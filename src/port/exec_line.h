// ExecLine: a program that replaces a serial line: its standard input and output are the line, through a socket pair or a
// terminal, and its standard error is logged. When it ends, the line is away, and it is started again.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/child_process_posix.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/descriptor_line_posix.h"
#include "port/line_kind.h"

namespace serialtcp::io {

class ExecLine final : public DescriptorLine {
 public:
  /// The pause before it is started again; it doubles while the peer was not heard on it.
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);

  /// `command` is for /bin/sh -c. The observer must outlive the line.
  ExecLine(const LineRequest& request, std::string command, PosixChild::Joint joint);
  ~ExecLine() override;

  void open(Opened opened) override;
  /// The program is asked to end, and killed if it does not, also if this object is destroyed before that.
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override;
  Reopening reopening() const override;

 private:
  std::expected<void, OpenError> start();
  void give_up();
  void wake();
  LineResult gone() const;

  asio::io_context& context_;
  std::string command_;
  PosixChild::Joint joint_;
  Observer& observer_;
  std::shared_ptr<ProgramWatcher> watcher_;
  std::shared_ptr<PosixChild> process_;
  bool output_ended_ = false;  ///< and the program is expected to end
  std::optional<int> status_;  ///< of the program, when it has ended
  Ready readable_;
  Lifetime lifetime_;
};

/// exec:COMMAND, and exec,pty:COMMAND
extern const LineKind kExecLineKind;
extern const LineKind kExecTerminalLineKind;

}  // namespace serialtcp::io
