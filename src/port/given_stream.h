// GivenStream: standard input or output of this process, which others may have open, too: read or written without blocking, and
// left to them as it was.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "os/asio.h"
#include "port/line.h"

namespace serialtcp::io {

/// By its number in the C library: 0 is standard input, 1 standard output, 2 standard error.
using GivenFile = int;

bool is_terminal(GivenFile file);
/// Whether two are the same terminal, pipe or socket.
bool is_same_stream(GivenFile one, GivenFile other);
/// Why it cannot carry bytes from and to another program; completes "standard input ...".
std::optional<std::string> problem_of_stream(GivenFile file);

class GivenStream {
 public:
  enum class Way : std::uint8_t { input, output };

  /// `file` stays open and is its owner's.
  GivenStream(asio::io_context& context, GivenFile file, Way way);
  ~GivenStream();
  GivenStream(const GivenStream&) = delete;
  GivenStream& operator=(const GivenStream&) = delete;

  GivenFile file() const { return file_; }

  /// Otherwise why not, as the system says it.
  std::optional<std::string> open();
  /// No effect on one that is closed.
  void close();
  bool is_open() const;

  // Of an open one, as the functions of Line. An input that has ended is `gone`.
  LineResult read(MutableByteView into);
  LineResult write(ByteView bytes);
  void when_readable(Line::Ready ready);
  void when_writable(Line::Ready ready);

  /// Bytes that were written and that the other program or the terminal has not taken, as far as that is known.
  std::size_t unsent() const;

 private:
  struct State;

  GivenFile file_;
  std::unique_ptr<State> state_;
};

}  // namespace serialtcp::io
