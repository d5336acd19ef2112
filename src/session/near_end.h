// NearEnd: the end of a session where the user is. Joins standard input, output and error, whatever they are, to a program
// at the other end, until that has ended. It waits, so it is for commands.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "port/raw_terminal.h"
#include "serialtcp/bytes.h"
#include "session/escape.h"
#include "wire/session.h"
#include "wire/session_flow.h"

namespace serialtcp::io::session {

/// How a session has ended.
struct Outcome {
  enum class Kind : std::uint8_t {
    exited,        ///< the program, with this status, as a shell has it
    refused,       ///< by the other end
    left,          ///< the user has typed ~., or this process was sent a signal (128 + its number)
    lost,          ///< the stream has ended before the program
    not_answered,  ///< the same, and the other end has said nothing at all
    malformed,     ///< what the other end says
  } kind = Kind::lost;
  int status = 0;
  wire::session::Refused refusal = {};
};

class NearEnd {
 public:
  struct Files {
    int input = 0;
    int output = 1;
    int error_output = 2;
  };

  /// `socket` is the stream, of which `first` was read already; it is closed at the end. With a terminal in `start`, `files`
  /// has one, which becomes raw for as long as the session lasts.
  NearEnd(int socket, const std::string& first, wire::session::Start start, Files files);
  ~NearEnd();
  NearEnd(const NearEnd&) = delete;
  NearEnd& operator=(const NearEnd&) = delete;

  Outcome run();

 private:
  using Channel = wire::session::Channel;

  struct Output {
    int fd = -1;
    wire::session::ReceiveFlow flow;
    bool lost = false;  ///< nobody reads it
  };

  void begin();
  void wait();
  void look_for_end();
  void read_input();
  void end_input();
  void type(ByteView bytes);
  void read_stream();
  void take(ByteView bytes);
  void take(const wire::session::Message& message);
  void started();
  void send_stream();
  void write_output(Output& output);
  void lose_output(Output& output, Channel channel);
  void tell_size();
  void end(Outcome::Kind kind, int status = 0);
  void say(const wire::session::Message& message) { wire::session::write(message, to_stream_); }
  bool wants_input() const;
  Output& output(Channel channel) { return outputs_[static_cast<std::size_t>(channel) - 1]; }

  int socket_;
  wire::session::Start start_;
  Files files_;
  std::array<Output, 2> outputs_;
  wire::session::Reader reader_ = {};
  wire::session::SendFlow input_flow_ = {};
  Escape escape_ = {};
  RawTerminal raw_ = {};
  Bytes to_stream_ = {};
  bool started_ = false;
  bool input_ended_ = false;
  bool stream_ended_ = false;
  std::optional<wire::session::Exit> exit_ = {};
  std::optional<Outcome> outcome_ = {};
};

}  // namespace serialtcp::io::session
