// Link: one cable of this program: its line, its driver, its services, and its lines of the log. Owns them.
// Knows neither signals nor exit statuses, nor that there may be other links.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/link_listeners.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/reporter.h"
#include "driver/driver.h"
#include "net/process_shares.h"
#include "os/asio.h"
#include "serialtcp/key.h"

namespace serialtcp::cli {

class Link {
 public:
  using Outcome = io::Driver::Outcome;
  /// The TCP ports that it listens on, in the order of the options; or a sentence that says why it cannot
  /// start.
  using Started =
      std::move_only_function<void(const std::expected<std::vector<std::uint16_t>, std::string>&)>;
  using Ended = std::move_only_function<void(Outcome)>;

  /// The context and the log outlive the link. `shares` are those of all links.
  Link(io::asio::io_context& context, Log& log, LinkOptions options, std::optional<Key> key,
       const io::ProcessShares& shares);

  /// Opens the line and sets up the services. `started` is called once, perhaps before start() returns, but
  /// not after stop(). After a failure the link has let go of everything, and nothing more happens. `ended`
  /// is called once, later: after stop(), or when no link came up in time. The link must not be destroyed
  /// from within either.
  void start(Started started, Ended ended);

  /// Resets all connections, says goodbye to the peer, puts the line's settings back; then it has ended.
  void stop();

  /// Ends at once, and tells nobody; puts the line's settings back.
  void abort();

  /// Takes over options that differ only in what concerns no service and no connection: the name, and
  /// whether a missing device is waited for at the start. False, and nothing has changed, if there is more.
  bool adopt(const LinkOptions& options);

  const LinkOptions& options() const { return options_; }
  Reporter& reporter() { return reporter_; }

  /// The other end answers.
  bool up() const { return driver_ && driver_->link_up(); }
  std::size_t connections() const { return driver_ ? driver_->streams() : 0; }

  /// Lookups that are still hanging somewhere in the C library.
  std::size_t lookups_running() const { return driver_ ? driver_->lookups_running() : 0; }

 private:
  io::Driver::Config driver_config() const;
  void opened(const std::expected<void, io::OpenError>& result);
  void fail(const std::string& why);

  io::asio::io_context& context_;
  LinkOptions options_;
  const std::optional<Key> key_;
  const io::ProcessShares shares_;
  Reporter reporter_;
  Started started_;  ///< while it is starting
  std::unique_ptr<io::Driver> driver_;
  std::unique_ptr<LinkListeners> listeners_;
};

}  // namespace serialtcp::cli
