// SessionLine: the console of the other end, which a session shows, as a line: what the console writes is read from it, and
// what is written to it is typed there. When it is closed, the console goes on.
#pragma once

#include <expected>
#include <string>
#include <variant>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/descriptor_line_posix.h"
#include "serialtcp/bytes.h"
#include "wire/session.h"
#include "wire/session_flow.h"

namespace serialtcp::io::session {

/// Of the terminal at this descriptor; without one, none (no rows).
wire::session::Size size_of_terminal(int fd);

/// Why there is no console.
struct NoConsole {
  wire::session::Refused refusal = {};
  bool answered = true;  ///< by the other end; otherwise the stream has ended
};
/// Asks for the console on a stream, of which `first` was read already. Waits for the answer. Returns what has come behind it.
std::expected<std::string, NoConsole> ask_for_console(int socket, std::string first,
                                                      wire::session::Size size);

class SessionLine final : public DescriptorLine {
 public:
  /// `socket` is the stream, on which ask_for_console() has succeeded and returned `first`; it is this object's from now on.
  /// The size follows that of the terminal at `terminal`. `noise`: a socket that has what is to be shown in between, this
  /// object's as well; -1: none.
  SessionLine(asio::io_context& context, std::string name, int socket, std::string first, int terminal,
              int noise);
  ~SessionLine() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override;
  void when_writable(Ready ready) override;
  std::size_t unsent() const override { return out_.size(); }

 private:
  void wait_readable();
  void wait_for_noise();
  void wake_reader();
  void take(ByteView bytes);
  void take(const wire::session::Message& message);
  void say(const wire::session::Message& message);
  void flush();
  void wake_writer();
  void tell_size();
  void watch_size();
  LineResult over(std::string why) const;

  asio::io_context& context_;
  int socket_;  ///< until it is open
  std::string first_;
  int terminal_;
  wire::session::Reader reader_;
  wire::session::SendFlow typed_;
  wire::session::ReceiveFlow shown_;
  Bytes out_;  ///< that the socket has not accepted
  bool write_waits_ = false;
  bool read_waits_ = false;
  Ready readable_;
  Ready writable_;
  int noise_socket_;  ///< until it is open
  Descriptor noise_;
  Bytes noise_heard_;
  std::string why_over_;  ///< it has ended
  asio::signal_set resized_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io::session
