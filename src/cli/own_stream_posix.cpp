// The other process ends when its socket is closed and standard output has everything, so it is waited for.
#include "cli/own_stream_posix.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "cli/run.h"
#include "cli/standard_error.h"
#include "cli/stream_text.h"
#include "net/child_exit.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "service/stream_requests.h"

namespace serialtcp::cli {

namespace {

/// In milliseconds, for what is still to be written when the program ends for another reason than the end of the stream.
constexpr int kPatienceAtEnd = 1000;

class JointStream final : public OwnStream {
 public:
  /// Owns the socket, and reaps the process. The rest outlives it.
  JointStream(io::asio::io_context& context, LinkSet& links, const RunOptions::Joint& joint);
  ~JointStream() override;

  void look() override;

 private:
  enum class State : std::uint8_t { waiting, requested, open, over };

  void request(Link& link);
  void answered(std::expected<io::StreamRequests::Opened, std::string> opened);
  void ended(const io::StreamRequests::End& end);
  void watch_process();
  void process_ended();
  void fail(const std::string& why);
  void stop();

  io::asio::io_context& context_;
  LinkSet& links_;
  RunOptions::Joint joint_;
  io::asio::posix::stream_descriptor process_exit_;
  State state_ = State::waiting;
  int status_ = 0;    ///< of the program, when it is over
  std::string what_;  ///< that was requested, for messages
  std::shared_ptr<void> request_;
  io::Lifetime lifetime_;
};

}  // namespace

JointStream::JointStream(io::asio::io_context& context, LinkSet& links, const RunOptions::Joint& joint)
    : context_(context), links_(links), joint_(joint), process_exit_(context) {
  const auto exit = io::exit_descriptor(joint_.process);
  if (!exit) return;
  process_exit_.assign(*exit);
  watch_process();
}

JointStream::~JointStream() {
  if (joint_.socket >= 0) ::close(joint_.socket);
  if (joint_.process == 0) return;
  pollfd ended{process_exit_.is_open() ? process_exit_.native_handle() : -1, POLLIN, 0};
  if (::poll(&ended, 1, kPatienceAtEnd) <= 0) ::kill(joint_.process, SIGKILL);
  while (::waitpid(joint_.process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void JointStream::look() {
  if (state_ != State::waiting || links_.stopping()) return;
  for (Link* const link : links_.links()) {
    if (link->up()) return request(*link);
  }
}

void JointStream::request(Link& link) {
  state_ = State::requested;
  what_ = stream_text(*link.options().connects);
  auto requested =
      link.open_stream(*link.options().connects, "standard input",
                       lifetime_.guard([this](std::expected<io::StreamRequests::Opened, std::string> opened) {
                         answered(std::move(opened));
                       }),
                       lifetime_.guard([this](const io::StreamRequests::End& end) { ended(end); }));
  if (!requested) return fail(requested.error());
  request_ = std::move(*requested);
}

void JointStream::answered(std::expected<io::StreamRequests::Opened, std::string> opened) {
  if (!opened) return fail(fmt::format("no connection to {}: {}", what_, opened.error()));
  state_ = State::open;
  io::StreamSocket socket(context_, io::asio::generic::stream_protocol(AF_UNIX, 0),
                          std::exchange(joint_.socket, -1));
  opened->attach(std::move(socket), {});
}

void JointStream::ended(const io::StreamRequests::End& end) {
  state_ = State::over;
  if (end.ending == io::Observer::Ending::failed && !*joint_.ended_with) {
    status_ = joint_.failed;
    print_error(fmt::format("serialtcp {}: {}", joint_.command, end.how));
  }
  if (joint_.process == 0) stop();
}

void JointStream::watch_process() {
  process_exit_.async_wait(io::asio::posix::stream_descriptor::wait_read,
                           lifetime_.guard([this](io::ErrorCode error) {
                             if (!error) process_ended();
                           }));
}

void JointStream::process_ended() {
  int status = 0;
  if (::waitpid(joint_.process, &status, WNOHANG) == 0) return watch_process();
  joint_.process = 0;
  if (joint_.status == RunOptions::Joint::Status::of_process) {
    *joint_.ended_with = WIFEXITED(status) ? WEXITSTATUS(status) : kExitSignal + WTERMSIG(status);
    return stop();  // it has got all that it waited for
  }
  const bool in_order = WIFEXITED(status) && WEXITSTATUS(status) == kExitOk;
  if (!in_order) status_ = kExitCannotOpen;
  // What it has sent may not have been delivered.
  if (!in_order || state_ != State::open) stop();
}

void JointStream::fail(const std::string& why) {
  state_ = State::over;
  status_ = joint_.failed;
  print_error(fmt::format("serialtcp {}: {}", joint_.command, why));
  stop();
}

/// What the stream still has to deliver is delivered.
void JointStream::stop() {
  if (!links_.stopping()) links_.stop(status_);
}

std::unique_ptr<OwnStream> make_own_stream(io::asio::io_context& context, LinkSet& links,
                                           const RunOptions::Joint& joint) {
  return std::make_unique<JointStream>(context, links, joint);
}

}  // namespace serialtcp::cli
