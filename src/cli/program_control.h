// ProgramControl: what can be had from a running program by its control socket: it knows the links and the log, and
// has the program do the rest. Owns the socket.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "cli/control_choice.h"
#include "cli/link_set.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/table_sets.h"
#include "control/operations.h"
#include "control/server.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

class ProgramControl final : public control::Operations {
 public:
  /// Reads the configuration again, for somebody. The error is what is wrong, a line each.
  using Reload = std::function<std::expected<Reloaded, std::string>(const std::string& who)>;

  /// `tables` is what the program has beside its links. Everything that is referred to outlives it.
  ProgramControl(io::asio::io_context& context, Log& log, LinkSet& links, const TableSets& tables,
                 const RunOptions& options, Reload reload);

  /// Listens where the user wants it, or not at all any more. That it cannot is a line of the log, and no more. Nothing
  /// changes before the loop runs again: this may have been requested by a client of the socket.
  void listen(const ControlChoice& choice);

  /// A few lines for each link, whatever the level of the log is; not more often than kStatusAgain.
  void log_status();
  static constexpr Duration kStatusAgain = std::chrono::seconds(1);

  std::expected<control::ProcessStatus, control::Error> status(
      const control::StatusRequest& request) override;
  std::expected<void, control::Error> close(const control::CloseRequest& request,
                                            const std::string& who) override;
  std::expected<std::shared_ptr<void>, control::Error> connect(const control::ConnectRequest& request,
                                                               const std::string& who,
                                                               Connected connected) override;
  std::expected<std::optional<End>, control::Error> end(const control::EndRequest& request) override;
  std::expected<Reloaded, control::Error> reload(const std::string& who) override;
  void set_level(control::Level level, const std::string& who) override;
  std::string version() const override;

 private:
  std::vector<Link*> called(const std::string& name) const;
  std::expected<Link*, control::Error> only_one(const std::string& name, const std::string& example) const;
  std::shared_ptr<void> tap_noise(const Link& link, Connected connected);
  void listen_now();

  io::asio::io_context& context_;
  Log& log_;
  LinkSet& links_;
  const TableSets& tables_;
  const RunOptions& options_;
  Reload reload_;
  const Time started_;
  std::optional<ControlChoice> choice_;
  Time status_logged_ = Time::min();
  std::unique_ptr<control::Server> server_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
