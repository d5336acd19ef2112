// A pair of connected sockets: one is handed over, and bytes are moved between the other one and the pty.
#include "port/terminal_front_end.h"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "serialtcp/bytes.h"

namespace serialtcp::io {

struct TerminalFrontEnd::Session {
  explicit Session(asio::io_context& context) : socket(context) {}

  StreamSocket socket;
  Bytes to_client;   ///< that the socket has not accepted yet
  Bytes to_program;  ///< that the pty has not accepted yet
  bool reading = false;
  bool writing = false;
  bool left = false;  ///< no program has the pty open any more
};

namespace {

/// Both do not block; false without a descriptor for them.
bool connect_pair(StreamSocket& one, StreamSocket& other) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) return false;
  const asio::generic::stream_protocol protocol(AF_UNIX, 0);
  ErrorCode ignored;
  one.assign(protocol, fds[0], ignored);
  other.assign(protocol, fds[1], ignored);
  one.non_blocking(true, ignored);
  other.non_blocking(true, ignored);
  return true;
}

/// Returns how much of it the socket has accepted.
std::size_t send_some(StreamSocket& socket, ByteView bytes) {
  ErrorCode error;
  const std::size_t count = socket.send(asio::buffer(bytes.data(), bytes.size()), MSG_NOSIGNAL, error);
  return error ? 0 : count;
}

void discard_received(StreamSocket& socket) {
  std::array<Byte, ServedTerminal::kChunk> buffer;
  ErrorCode error;
  while (!error && socket.receive(asio::buffer(buffer), 0, error) > 0) {
  }
}

void drop_first(Bytes& bytes, std::size_t count) {
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

std::expected<std::unique_ptr<TerminalFrontEnd>, std::string> TerminalFrontEnd::make(
    asio::io_context& context, const std::string& path, const SerialSettings& settings) {
  std::unique_ptr<TerminalFrontEnd> made(new TerminalFrontEnd(context, path, settings));
  if (auto started = made->terminal_.start(); !started) return std::unexpected(std::move(started.error()));
  return made;
}

TerminalFrontEnd::TerminalFrontEnd(asio::io_context& context, const std::string& path,
                                   const SerialSettings& settings)
    : context_(context), terminal_(context, path, settings, *this) {}

TerminalFrontEnd::~TerminalFrontEnd() {
  TerminalFrontEnd::close();
}

// ---- As a front end ----

void TerminalFrontEnd::start() {
  started_ = true;
  if (terminal_.is_open() && !session_) begin();
}

void TerminalFrontEnd::stop() {
  started_ = false;
}

std::size_t TerminalFrontEnd::waiting() const {
  return terminal_.is_open() && !session_ ? 1 : 0;
}

void TerminalFrontEnd::resume() {
  if (started_ && waiting() > 0) begin();
}

void TerminalFrontEnd::close() {
  started_ = false;
  terminal_.stop();
  if (!session_) return;
  ErrorCode ignored;
  std::exchange(session_, nullptr)->socket.close(ignored);
}

/// For programs that have it open, it is gone; others find another one at the same path.
void TerminalFrontEnd::hang_up() {
  terminal_.stop();
  static_cast<void>(terminal_.start());
}

// ---- What programs do ----

void TerminalFrontEnd::terminal_opened() {
  if (started_) return begin();
  if (refuses_) hang_up();
}

/// Without a descriptor for it, later: resume().
void TerminalFrontEnd::begin() {
  auto session = std::make_shared<Session>(context_);
  StreamSocket other(context_);
  if (!connect_pair(session->socket, other)) return;
  session_ = session;
  wait_for_client(session);
  read_terminal();
  accepted_(std::move(other), "pty:" + terminal_.path());
}

void TerminalFrontEnd::terminal_closed() {
  const SessionPtr session = std::exchange(session_, nullptr);
  if (!session) return;
  session->left = true;
  session->to_program.clear();
  to_client(session);
}

void TerminalFrontEnd::terminal_set(const SerialSettings& settings) {
  if (set_) set_(settings);
}

void TerminalFrontEnd::terminal_dropped() {
  if (!session_) return;
  if (dropped_) dropped_();
  session_->to_program.clear();
  discard_received(session_->socket);
}

// ---- From the pty to the client ----

void TerminalFrontEnd::read_terminal() {
  const SessionPtr session = session_;
  if (!session || !session->to_client.empty()) return;
  session->to_client.resize(ServedTerminal::kChunk);
  session->to_client.resize(terminal_.read(session->to_client));
  if (session->to_client.empty()) return terminal_.when_readable([this] { read_terminal(); });
  to_client(session);
}

void TerminalFrontEnd::to_client(const SessionPtr& session) {
  if (!session->to_client.empty())
    drop_first(session->to_client, send_some(session->socket, session->to_client));
  if (session->to_client.empty() && session->left) {
    discard_received(session->socket);  // else the other side would be told of a reset
    ErrorCode ignored;
    session->socket.close(ignored);
    return;
  }
  if (session->to_client.empty()) return terminal_.when_readable([this] { read_terminal(); });
  if (std::exchange(session->writing, true)) return;
  session->socket.async_wait(asio::socket_base::wait_write, lifetime_.guard([this, session](ErrorCode error) {
    session->writing = false;
    if (!error) to_client(session);
  }));
}

// ---- From the client to the pty ----

void TerminalFrontEnd::wait_for_client(const SessionPtr& session) {
  if (session->left || !session->to_program.empty() || std::exchange(session->reading, true)) return;
  session->socket.async_wait(asio::socket_base::wait_read, lifetime_.guard([this, session](ErrorCode error) {
    session->reading = false;
    if (!error && session == session_) read_client(session);
  }));
}

void TerminalFrontEnd::read_client(const SessionPtr& session) {
  session->to_program.resize(ServedTerminal::kChunk);
  ErrorCode error;
  const std::size_t count = session->socket.receive(asio::buffer(session->to_program), 0, error);
  session->to_program.resize(error ? 0 : count);
  const bool waits = error == asio::error::would_block || error == asio::error::interrupted;
  if (error && !waits) {
    ErrorCode ignored;
    session->socket.close(ignored);
    session_ = nullptr;
    return hang_up();  // the client was closed, or refused
  }
  to_program(session);
}

void TerminalFrontEnd::to_program(const SessionPtr& session) {
  if (session != session_) return;
  if (!session->to_program.empty()) drop_first(session->to_program, terminal_.write(session->to_program));
  if (session->to_program.empty()) return wait_for_client(session);
  terminal_.when_writable([this, session] { to_program(session); });
}

}  // namespace serialtcp::io
