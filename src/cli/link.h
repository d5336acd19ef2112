// Link: one cable of this program. Owns its line, its driver, its services, and what it logs. Knows neither
// signals nor exit statuses nor other links.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/link_listeners.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/reporter.h"
#include "cli/start_retry.h"
#include "control/status.h"
#include "driver/driver.h"
#include "driver/stream_service.h"
#include "net/process_shares.h"
#include "os/asio.h"
#include "serialtcp/key.h"
#include "service/stream_requests.h"

namespace serialtcp::getty {
class BoardConsole;
}

namespace serialtcp::cli {

class Link {
 public:
  using Outcome = io::Driver::Outcome;
  /// Why it cannot start.
  struct StartFailure {
    std::string text;  ///< a sentence
    enum class Of : std::uint8_t { line, rest } of = Of::rest;
  };
  /// The TCP ports that it listens on, in the order of the options.
  using StartResult = std::expected<std::vector<std::uint16_t>, StartFailure>;
  using Started = std::move_only_function<void(const StartResult&)>;
  using Ended = std::move_only_function<void(Outcome)>;

  /// The context and the log must outlive the link. `shares` are those of all links, as is what is remembered of speeds.
  Link(io::asio::io_context& context, Log& log, LinkOptions options, const io::ProcessShares& shares,
       std::shared_ptr<io::SpeedMemory> speeds);

  /// Opens the line and sets up the services, with the key that the options name. `started` is called once, perhaps
  /// before start() returns, but not after stop(). After a failure the link has released everything, calls nothing
  /// more, and can be started again. `ended` is called once, later: after stop(), or when no link came up in time. The
  /// link must not be destroyed, and not be started again, from within either.
  void start(std::optional<Key> key, Started started, Ended ended);

  /// Resets all connections, notifies the peer, restores the line's settings; then `ended` is called.
  void stop();

  /// Ends at once, without notifying the peer; restores the line's settings.
  void abort();

  /// Adopts options that differ only in what concerns no service and no connection: the name, and whether to
  /// wait for a missing device at the start. Returns false, and changes nothing, if more differs.
  bool adopt(const LinkOptions& options);

  const LinkOptions& options() const { return options_; }
  /// That of the options; else the line.
  const std::string& name() const { return options_.name.empty() ? options_.port : options_.name; }
  /// Whether a user may mean this link: by its name, or by the last part of a path.
  bool is_called(std::string_view name) const;

  /// With the connections whose numbers are above `after`, `most` of them.
  control::LinkStatus status(std::uint64_t after, std::size_t most) const;
  /// Resets a connection; `how` completes "connection 3: ...". False if there is none with this number.
  bool close_connection(std::uint64_t number, std::string_view how) {
    return driver_ && driver_->connections().close(number, how);
  }

  /// Requests a stream to the other end, as io::StreamRequests::open() does. The error is a sentence.
  std::expected<std::shared_ptr<void>, std::string> open_stream(io::StreamRequests::Wanted wanted,
                                                                std::string client,
                                                                io::StreamRequests::Answered answered,
                                                                io::StreamRequests::Over over = {});
  /// The socket gets what the other end's kernel prints on the line. False if there is no line.
  bool tap_noise(io::StreamSocket socket) {
    if (driver_) driver_->tap_noise(std::move(socket));
    return driver_ != nullptr;
  }
  /// Those that were requested; null before it is open.
  const io::StreamRequests* streams() const { return streams_; }

  /// Why the last reload has left it with its old options; empty if it has not.
  void set_not_replaced(std::string why) { not_replaced_ = std::move(why); }

  Reporter& reporter() { return reporter_; }

  /// The failures of its start; whoever starts it tells of them.
  StartRetry& retry() { return retry_; }
  const StartRetry& retry() const { return retry_; }

  /// The other end answers.
  bool up() const { return driver_ && driver_->link_up(); }
  std::size_t connections() const { return driver_ ? driver_->streams() : 0; }

  /// Look-ups that still block a thread in the C library.
  std::size_t lookups_running() const { return driver_ ? driver_->lookups_running() : 0; }

 private:
  io::Driver::Config driver_config() const;
  void opened(const std::expected<void, io::OpenError>& result);
  void fail(const StartFailure& why);

  io::asio::io_context& context_;
  LinkOptions options_;
  std::optional<Key> key_;
  const io::ProcessShares shares_;
  std::shared_ptr<io::SpeedMemory> speeds_;
  Reporter reporter_;
  StartRetry retry_;
  std::string not_replaced_;
  Started started_;  ///< while it is starting
  std::unique_ptr<io::Driver> driver_;
  std::unique_ptr<LinkListeners> listeners_;
  std::shared_ptr<getty::BoardConsole> console_;    ///< of this machine, if the port is a console as well
  std::unique_ptr<io::StreamService> getty_watch_;  ///< for the driver then, until it is open
  io::StreamRequests* streams_ = nullptr;           ///< the driver's; null before it is open
};

}  // namespace serialtcp::cli
