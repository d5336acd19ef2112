// BoardConsole: the console of a machine, which several look at: those at the port while it is one, and viewers of a link.
// All of them see what the program writes; what any of them types goes to the program.
//
// The program is read as fast as one of them reads: a slower one loses bytes, which it is told, and the program waits for
// none that does not read at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "getty/terminal_program.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/bytes.h"
#include "session/launch.h"
#include "share/backlog.h"
#include "wire/session.h"

namespace serialtcp::getty {

class BoardConsole final : public std::enable_shared_from_this<BoardConsole>, private TerminalProgram::User {
 public:
  static constexpr std::size_t kMostViewers = 16;
  /// With more pending, a reader is behind: what the program writes then is delayed by it.
  static constexpr std::size_t kBehind = 4 * 1024;
  /// If all readers are behind and none accepts anything for this time, the program goes on without them.
  static constexpr Duration kStalled = std::chrono::seconds(5);
  /// Of what a viewer types and the program has not taken; then the viewer is not read.
  static constexpr std::size_t kMostTyped = 4 * 1024;
  /// Of the kernel, for a viewer: what is in it delays what the program does about a key.
  static constexpr int kSendBuffer = 4 * 1024;

  using Tell = std::function<void(const std::string& text)>;

  /// `words`: see TerminalProgram.
  BoardConsole(io::asio::io_context& context, std::shared_ptr<io::ProgramWatcher> watcher,
               std::vector<std::string> words, Tell tell);
  ~BoardConsole() override;

  /// The program runs from now on, or does not any more.
  void start() { program_.start(); }
  void hang_up();

  // ---- Those at the port ----

  /// Whether there are any; what is pending for them is forgotten when there are not.
  void show_at_port(bool shown);
  /// What is to be written to the port next, and that so much of it was.
  ByteView for_port();
  void port_took(std::size_t count);
  /// Called when there is something for the port.
  void on_port_output(std::function<void()> has_output) { port_has_output_ = std::move(has_output); }
  void type(ByteView keys) { program_.type(keys); }

  // ---- Viewers ----

  /// Our end of a viewer, for a session of kind `console` (session/launch.h).
  std::expected<io::session::Running, wire::session::Refused> attach(wire::session::Size size);

 private:
  struct Viewer {
    Viewer(io::StreamSocket connected, wire::session::Size wanted, std::uint64_t number)
        : socket(std::move(connected)), size(wanted), id(number) {}

    io::StreamSocket socket;
    wire::session::Size size;
    std::uint64_t id;
    share::Backlog backlog;
    bool read_waits = false;
    bool write_waits = false;
  };

  // TerminalProgram::User
  void program_wrote(ByteView bytes) override;
  bool output_wanted() override;
  void input_taken() override;
  void tell(const std::string& text) override { tell_(text); }

  Viewer* find(std::uint64_t id);
  void remove(std::uint64_t id);
  void read_viewer(std::uint64_t id);
  bool read_some(Viewer& viewer);
  void write_viewer(std::uint64_t id);
  void resized(std::uint64_t id, wire::session::Size size);
  void use_size(wire::session::Size size);
  void note_line(ByteView bytes);
  bool is_of_sequence(Byte byte);
  void accepted();

  io::asio::io_context& context_;
  Tell tell_;
  TerminalProgram program_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::uint64_t last_id_ = 0;
  std::uint64_t typed_last_ = 0;  ///< the viewer that did
  wire::session::Size size_ = {};
  bool port_shown_ = false;
  share::Backlog port_;
  std::function<void()> port_has_output_;
  enum class Sequence : std::uint8_t { none, escape, control, string } sequence_ = Sequence::none;
  Bytes line_;  ///< that the program has begun and not ended: a new viewer sees it
  Time accepted_{};
  io::Alarm stalled_alarm_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::getty
