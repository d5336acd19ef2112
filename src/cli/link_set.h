// LinkSet: the links of this program. Owns them: starts those of a configuration, tries again those that cannot start,
// replaces those that differ after a reload, ends them, and determines when the program ends and its exit status. Knows
// no signals, and does not read the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/config_file.h"
#include "cli/key_file.h"
#include "cli/link.h"
#include "cli/log.h"
#include "cli/options.h"
#include "control/operations.h"
#include "net/process_shares.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/undumpable.h"

namespace serialtcp::cli {

class LinkSet {
 public:
  /// Everything that is referred to must outlive the set. Of `options`, those for all links are used.
  LinkSet(io::asio::io_context& context, Log& log, const RunOptions& options);
  ~LinkSet();
  LinkSet(const LinkSet&) = delete;
  LinkSet& operator=(const LinkSet&) = delete;

  /// Starts all of them. One that cannot start is tried again and again. All are ended instead if it is the link of the
  /// command line, if the configuration or the options ask for that, or if its serial port is the problem and it has
  /// --no-wait.
  void start(const Configuration& config);

  /// Links that are not in the new configuration end. New ones start after that: they may need the same device
  /// or port. A link whose options are the same is not changed; if it could not start so far, it is tried at once.
  /// A running link whose new options cannot be used stays as it is, until the next reload. `who` has requested it, for
  /// the log.
  control::Operations::Reloaded reload(const Configuration& config, std::string_view who = "SIGHUP");

  /// Ends all links in order; then `status` is the program's exit status.
  void stop(int status);

  /// Ends all links at once.
  void abort();

  /// Without links, the program goes on, since there is something else to do: until stop().
  void go_on_without_links(bool goes_on) { goes_on_ = goes_on; }

  /// Why something does not work, on standard error, and in the log if that is elsewhere. Where programs read the log on
  /// standard error, it is a line of the log.
  void complain(const std::string& text);
  /// Whether each link has to start, when the program does.
  bool strict() const { return strict_; }

  bool stopping() const { return final_status_.has_value(); }
  /// The exit status, as soon as there is nothing more to wait for.
  std::optional<int> status() const { return status_; }
  /// Look-ups that still block a thread in the C library.
  std::size_t lookups_running() const;

  /// How the links of the configuration are. `listening`: each has been started, or could not be.
  struct Standing {
    std::size_t links = 0;
    std::size_t up = 0;
    std::size_t connections = 0;
    std::size_t waiting = 0;  ///< for another attempt to start them
    bool listening = false;
  };
  Standing standing() const;

  /// The number of links, including those that are ending.
  std::size_t size() const { return links_.size(); }
  /// Those that have not ended; valid until the loop runs again.
  std::vector<Link*> links() const;

 private:
  /// When a link is started: with the program, or after a reload or a failure.
  enum class Moment : std::uint8_t { start, later };

  struct Entry {
    Entry(io::asio::io_context& context, Log& log, LinkOptions options, const io::ProcessShares& shares,
          std::shared_ptr<io::SpeedMemory> speeds)
        : link(context, log, std::move(options), shares, std::move(speeds)), retry_timer(context) {}

    ///   waiting <--> starting --> running --> leaving --> ended      waiting: for the next attempt to start it
    ///      +------------+------------+-----------------------^       leaving: the configuration does not have it any
    ///                                                                more
    ///                                                                ended: it is destroyed as soon as nothing of it
    ///                                                                is on the stack
    enum class State : std::uint8_t { waiting, starting, running, leaving, ended } state = State::starting;
    bool was_running = false;  ///< until this reload
    std::vector<std::uint16_t> ports;
    Link link;
    io::asio::steady_timer retry_timer;
    io::Lifetime lifetime;
  };
  using State = Entry::State;

  const std::optional<std::string>& log_file() const;
  void protect_key(const LinkOptions& options);
  std::expected<std::optional<Key>, std::string> key_of(const Link& link);
  std::optional<Link::StartFailure> obstacle(const Link& link);
  void set_style(Entry& entry);

  std::size_t keep_what_is_wanted(const Configuration& config);
  std::vector<control::Operations::NotReplaced> keep_what_cannot_be_replaced();
  void tell_changes();
  void start_wanted(Moment moment);
  void add(const LinkOptions& options, Moment moment);
  void attempt(Entry& entry, Moment moment);
  void started(Entry& entry, Moment moment, const Link::StartResult& ports);
  bool ends_all(const Entry& entry, Moment moment, const Link::StartFailure& failure) const;
  void cannot_start(Entry& entry, Moment moment, const Link::StartFailure& failure);
  void arm_retry(Entry& entry);
  void retry(Entry& entry);
  void tell_ports();
  void ended(Entry& entry, Link::Outcome outcome);
  void retire(Entry& entry, int status);
  void destroy_ended();
  void end_if_none_is_left();

  io::asio::io_context& context_;
  Log& log_;
  const RunOptions& options_;
  std::optional<io::Undumpable>
      undumpable_;  ///< destroyed after the links, when there are no keys in memory any more
  io::ProcessShares shares_;
  std::shared_ptr<io::SpeedMemory> speeds_ = std::make_shared<io::SpeedMemory>();
  std::vector<std::unique_ptr<Entry>> links_;
  std::vector<LinkOptions> wanted_;  ///< to be started when those that are leaving have ended
  std::size_t count_ = 0;            ///< of the configuration
  std::optional<std::string> configured_log_;
  std::optional<int> status_;
  std::optional<int> final_status_;  ///< when all have ended
  int latest_status_ = 0;
  bool strict_ = false;    ///< at the start, all have to start
  bool starting_ = false;  ///< several links, one after the other
  bool destruction_posted_ = false;
  bool goes_on_ = false;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
