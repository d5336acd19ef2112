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

#include "cli/log.h"
#include "cli/options.h"
#include "cli/reporter.h"
#include "io/asio.h"
#include "io/driver.h"
#include "io/process_shares.h"
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

  /// Opens the line and sets up the services. `started` is called once, perhaps before start() returns; when
  /// it has heard a failure, nothing more happens. `ended` is called once, later: after stop(), or when no
  /// link came up in time.
  void start(Started started, Ended ended);

  /// Resets all connections, says goodbye to the peer, puts the line's settings back; then it has ended.
  void stop();

  /// Puts the line's settings back at once.
  void close_line();

  const LinkOptions& options() const { return options_; }
  Reporter& reporter() { return reporter_; }

  /// Lookups that are still hanging somewhere in the C library.
  std::size_t lookups_running() const { return driver_ ? driver_->lookups_running() : 0; }

 private:
  io::Driver::Config driver_config() const;

  io::asio::io_context& context_;
  const LinkOptions options_;
  const std::optional<Key> key_;
  const io::ProcessShares shares_;
  Reporter reporter_;
  std::unique_ptr<io::Driver> driver_;
};

}  // namespace serialtcp::cli
