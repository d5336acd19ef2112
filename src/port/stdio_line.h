// StdioLine: standard input and output as the line, as under ssh, socat or inetd. A terminal is set raw and put back
// again; pipes and sockets stay as they are. The end of the input is the end of the line: it cannot come back.
#pragma once

#include <string>

#include "os/observer.h"
#include "port/given_stream.h"
#include "port/line.h"
#include "port/line_kind.h"
#include "port/raw_terminal.h"
#include "wire/typed_keys.h"

namespace serialtcp::io {

class StdioLine final : public Line {
 public:
  /// Whether three Ctrl-C that a person types there end it, as on a console.
  enum class Interrupts : std::uint8_t { are_data, end_it };

  /// `name` is as the user wrote it. `input` and `output` stay open and are their owner's.
  StdioLine(asio::io_context& context, std::string name, GivenFile input, GivenFile output,
            Interrupts interrupts = Interrupts::are_data);
  ~StdioLine() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override { in_.when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { out_.when_writable(std::move(ready)); }
  std::size_t unsent() const override { return out_.unsent(); }
  std::optional<std::string> restore_settings() override;
  std::string opened_as() const override;
  const std::string& name() const override { return name_; }

 private:
  std::expected<void, OpenError> open_both();
  std::expected<void, OpenError> set_terminal_raw();

  std::string name_;
  GivenStream in_;
  GivenStream out_;
  std::optional<wire::TypedKeys> interrupts_;
  RawTerminal terminal_;  ///< of the two, if they are one
};

/// "-" and "stdio:"; "stdio:console" ends by three Ctrl-C, too.
extern const LineKind kStdioLineKind;
extern const LineKind kDashLineKind;

/// Whether standard error is the same terminal, pipe or socket as one of these: text there would be noise on the line.
bool standard_error_is_line();

}  // namespace serialtcp::io
