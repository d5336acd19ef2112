// InstallUser: tells the user of an installation at the other end: in the log, and with a bar on the terminal. Asks there
// for what is not given. Keeps the transcript.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/rate_meter.h"
#include "install/install_line.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/raw_terminal.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

class InstallUser final : public install::InstallLine::User {
 public:
  /// All outlive it.
  InstallUser(io::asio::io_context& context, io::Observer& observer);
  ~InstallUser() override;

  /// Appends to this file from now on; it is made so that others cannot read it. Returns 0 or an errno.
  int keep_transcript(const std::string& path);

  void tell(std::string_view text) override;
  void progress(std::size_t done, std::size_t total) override;
  void record(Way way, std::string_view text) override;
  bool ask(std::string_view question, Echo echo) override;
  void on_answer(Answered answered) override { answered_ = std::move(answered); }
  void take_back() override;

 private:
  class Terminal;

  void show(std::string_view text);
  void clear_bar();
  void wait_for_keys();
  void pressed();

  io::Observer& observer_;
  std::unique_ptr<Terminal> terminal_;  ///< null: there is none
  Answered answered_;
  bool asking_ = false;
  bool bar_shown_ = false;
  std::size_t began_at_ = 0;  ///< bytes that were there before this attempt
  Time began_{};
  std::size_t told_ = 0;  ///< of the last tenth that was logged
  int transcript_ = -1;
  std::optional<Way> last_way_;
};

/// "312 kB of 680 kB (45 %), 11.2 kB/s, 33 s left", where `done` bytes took `elapsed` but for the first `before`.
std::string progress_text(std::size_t done, std::size_t total, std::size_t before, Duration elapsed);

}  // namespace serialtcp::cli
