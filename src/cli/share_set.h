// ShareSet: the shared ports of a configuration, beside its links. Owns them: starts them, tries again those that cannot
// start, and replaces those that differ after a reload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/log.h"
#include "cli/share_options.h"
#include "cli/share_reporter.h"
#include "cli/start_retry.h"
#include "control/status.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "share/share.h"

namespace serialtcp::cli {

class ShareSet {
 public:
  /// Both outlive the set.
  ShareSet(io::asio::io_context& context, Log& log) : context_(context), log_(log) {}
  ~ShareSet() { stop(); }
  ShareSet(const ShareSet&) = delete;
  ShareSet& operator=(const ShareSet&) = delete;

  /// A configuration is in force from now on: those that it does not have end at once, also those that it has with other
  /// options. Returns how many stay as they are.
  std::size_t keep(const std::vector<ShareOptions>& wanted);
  /// What becomes of one that cannot start.
  enum class OnFailure : std::uint8_t { retry, give_up };
  /// Then starts the others, when links have released what they may need. One that cannot start is tried again and again,
  /// and one that waits for that at once. With give_up, returns instead why the first one does not start, a line of the
  /// log.
  std::optional<std::string> start_wanted(OnFailure on_failure = OnFailure::retry);
  void stop();

  /// Those of --log: they may have been renamed.
  void reopen_logs();
  bool has_logs() const;
  /// The log says which one a line is about, if there are several links or shared ports.
  void set_labels(bool labels);

  std::size_t size() const { return entries_.size(); }
  /// Of all, or of those that a user may mean.
  std::vector<control::ShareStatus> status(const std::string& name) const;

 private:
  struct Entry {
    Entry(io::asio::io_context& context, Log& log, ShareOptions chosen)
        : options(std::move(chosen)),
          for_log(options_for_log(options.share)),
          reporter(context, log, for_log),
          alarm(context) {}

    ShareOptions options;
    LinkOptions for_log;
    ShareReporter reporter;
    StartRetry retry;
    std::unique_ptr<share::Share> share;  ///< unless it cannot start
    io::Alarm alarm;
  };

  void tell(LogEvent event, const std::string& name, std::string_view what);
  std::expected<void, std::string> attempt(Entry& entry);
  void attempt_or_retry(Entry& entry);

  io::asio::io_context& context_;
  Log& log_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<ShareOptions> wanted_;  ///< to be started
  bool started_ = false;              ///< once: what follows are changes
  bool labels_ = false;
};

}  // namespace serialtcp::cli
