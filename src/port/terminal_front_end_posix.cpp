// A pair of connected sockets: one is handed over, and bytes are moved between the other one and the pty.
#include "port/terminal_front_end.h"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "os/lifetime.h"
#include "port/served_terminal.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io {

namespace {

class PtyFrontEnd final : public TerminalFrontEnd, private ServedTerminal::User {
 public:
  PtyFrontEnd(asio::io_context& context, const std::string& path, const SerialSettings& settings);
  ~PtyFrontEnd() override;

  /// ServedTerminal::start().
  std::expected<void, std::string> make_terminal() { return terminal_.start(); }

  void on_set(std::function<void(const SerialSettings& settings)> set) override { set_ = std::move(set); }
  void on_dropped(std::function<void()> dropped) override { dropped_ = std::move(dropped); }
  void show(const SerialSettings& settings) override { terminal_.show(settings); }

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void refuse_while_stopped() override { refuses_ = true; }
  void start() override;
  void stop() override;
  std::size_t waiting() const override;
  void close() override;
  void resume() override;

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;

  void terminal_opened() override;
  void terminal_closed() override;
  void terminal_set(const SerialSettings& settings) override;
  void terminal_dropped() override;

  void begin();
  void hang_up();
  void read_terminal();
  void to_client(const SessionPtr& session);
  void wait_for_client(const SessionPtr& session);
  void read_client(const SessionPtr& session);
  void to_program(const SessionPtr& session);

  asio::io_context& context_;
  ServedTerminal terminal_;
  Accepted accepted_;
  std::function<void(const SerialSettings& settings)> set_;
  std::function<void()> dropped_;
  bool started_ = false;
  bool refuses_ = false;
  SessionPtr session_;  ///< of the programs that have it open
  Lifetime lifetime_;
};

struct PtyFrontEnd::Session {
  explicit Session(asio::io_context& context) : socket(context) {}

  StreamSocket socket;
  Bytes to_client;   ///< that the socket has not accepted yet
  Bytes to_program;  ///< that the pty has not accepted yet
  bool reading = false;
  bool writing = false;
  bool left = false;  ///< no program has the pty open any more
};

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

PtyFrontEnd::PtyFrontEnd(asio::io_context& context, const std::string& path, const SerialSettings& settings)
    : context_(context), terminal_(context, path, settings, *this) {}

PtyFrontEnd::~PtyFrontEnd() {
  PtyFrontEnd::close();
}

// ---- As a front end ----

void PtyFrontEnd::start() {
  started_ = true;
  if (terminal_.is_open() && !session_) begin();
}

void PtyFrontEnd::stop() {
  started_ = false;
}

std::size_t PtyFrontEnd::waiting() const {
  return terminal_.is_open() && !session_ ? 1 : 0;
}

void PtyFrontEnd::resume() {
  if (started_ && waiting() > 0) begin();
}

void PtyFrontEnd::close() {
  started_ = false;
  terminal_.stop();
  if (!session_) return;
  ErrorCode ignored;
  std::exchange(session_, nullptr)->socket.close(ignored);
}

/// For programs that have it open, it is gone; others find another one at the same path.
void PtyFrontEnd::hang_up() {
  terminal_.stop();
  static_cast<void>(terminal_.start());
}

// ---- What programs do ----

void PtyFrontEnd::terminal_opened() {
  if (started_) return begin();
  if (refuses_) hang_up();
}

/// Without a descriptor for it, later: resume().
void PtyFrontEnd::begin() {
  auto session = std::make_shared<Session>(context_);
  StreamSocket other(context_);
  if (!connect_pair(session->socket, other)) return;
  session_ = session;
  wait_for_client(session);
  read_terminal();
  accepted_(std::move(other), "pty:" + terminal_.path());
}

void PtyFrontEnd::terminal_closed() {
  const SessionPtr session = std::exchange(session_, nullptr);
  if (!session) return;
  session->left = true;
  session->to_program.clear();
  to_client(session);
}

void PtyFrontEnd::terminal_set(const SerialSettings& settings) {
  if (set_) set_(settings);
}

void PtyFrontEnd::terminal_dropped() {
  if (!session_) return;
  if (dropped_) dropped_();
  session_->to_program.clear();
  discard_received(session_->socket);
}

// ---- From the pty to the client ----

void PtyFrontEnd::read_terminal() {
  const SessionPtr session = session_;
  if (!session || !session->to_client.empty()) return;
  session->to_client.resize(ServedTerminal::kChunk);
  session->to_client.resize(terminal_.read(session->to_client));
  if (session->to_client.empty()) return terminal_.when_readable([this] { read_terminal(); });
  to_client(session);
}

void PtyFrontEnd::to_client(const SessionPtr& session) {
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

void PtyFrontEnd::wait_for_client(const SessionPtr& session) {
  if (session->left || !session->to_program.empty() || std::exchange(session->reading, true)) return;
  session->socket.async_wait(asio::socket_base::wait_read, lifetime_.guard([this, session](ErrorCode error) {
    session->reading = false;
    if (!error && session == session_) read_client(session);
  }));
}

void PtyFrontEnd::read_client(const SessionPtr& session) {
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

void PtyFrontEnd::to_program(const SessionPtr& session) {
  if (session != session_) return;
  if (!session->to_program.empty()) drop_first(session->to_program, terminal_.write(session->to_program));
  if (session->to_program.empty()) return wait_for_client(session);
  terminal_.when_writable([this, session] { to_program(session); });
}

}  // namespace

std::expected<std::unique_ptr<TerminalFrontEnd>, std::string> TerminalFrontEnd::make(
    asio::io_context& context, const std::string& path, const SerialSettings& settings) {
  auto made = std::make_unique<PtyFrontEnd>(context, path, settings);
  if (auto done = made->make_terminal(); !done) return std::unexpected(std::move(done.error()));
  return made;
}

}  // namespace serialtcp::io
