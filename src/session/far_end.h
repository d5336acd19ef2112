// FarEnd: the end of a session where the program runs. One side of a pair of sockets is the stream's, the other one is
// spoken to here (wire/session). Owns the program: it ends with the session.
//
//   waiting --start--> running --the program has ended, and all that it wrote is sent--> over
//      |  refused, malformed, or too late             | the stream ends: the program is hung up
//      +--------------------> over <------------------+
//
// It reads the stream always: what a channel brings is bounded by its credit. It keeps itself alive by its pending waits.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/back_end.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "session/launch.h"
#include "wire/session.h"
#include "wire/session_flow.h"

namespace serialtcp::io::session {

class FarEnd final : public Attempt, public std::enable_shared_from_this<FarEnd> {
 public:
  /// What the stream has not accepted; then the program is not read.
  static constexpr std::size_t kMostPending = 16 * 1024;

  struct Config {
    std::shared_ptr<ProgramWatcher> watcher;
    Repertoire repertoire = {};
    /// What the other end is answered instead of being served; of a console, only if there are too many.
    std::optional<wire::session::Refused> refusal = {};
    Duration patience{};  ///< for what is to run
    /// A text about the session, for the log.
    std::function<void(const std::string& text)> tell;
  };

  FarEnd(asio::io_context& context, Config config);

  /// Begins to wait for what is to run. Returns the socket for the stream, or an errno.
  std::expected<StreamSocket, int> begin();

  void expect(std::uint64_t rate) override;
  void cancel() override { finish(); }
  /// Nothing of it runs any more.
  bool over() const { return over_ && (!running_ || !running_->process || !running_->process->running()); }

 private:
  using Channel = wire::session::Channel;

  /// What the program writes to.
  struct Output {
    wire::session::SendFlow flow = {};
    bool waits = false;
    bool ended = true;
  };

  void wait_for_stream();
  void read_stream();
  bool take(const wire::session::Message& message);
  bool take_start(const wire::session::Start& start);
  bool is_refused(const wire::session::Start& start) const;
  bool take_data(const wire::session::Data& data);
  bool take_end(Channel channel);
  void take_credit(const wire::session::Credit& credit);
  void take_stop(Channel channel);
  void feed_program();
  void end_input();
  void input_lost();
  void pump(Channel channel);
  bool read_program(Channel channel);
  void end_output(Channel channel);
  void pump_all();
  void program_ended(int status);
  void hang_up_program();
  void refuse(const wire::session::Refused& refused);
  void say(const wire::session::Message& message);
  void flush();
  void finish();

  Output& output(Channel channel) { return outputs_[static_cast<std::size_t>(channel) - 1]; }
  asio::posix::stream_descriptor& descriptor(Channel channel);

  asio::io_context& context_;
  Config config_;
  StreamSocket socket_;
  Alarm alarm_;
  wire::session::Reader reader_ = {};
  Bytes out_ = {};  ///< that the socket has not accepted
  std::optional<Running> running_ = {};
  wire::session::ReceiveFlow input_{};
  std::array<Output, 2> outputs_ = {};
  bool input_waits_ = false;
  bool write_waits_ = false;
  bool exited_ = false;  ///< the program
  bool ending_ = false;  ///< after out_, nothing more is said
  bool over_ = false;
};

}  // namespace serialtcp::io::session
