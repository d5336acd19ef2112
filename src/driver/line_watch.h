// LineWatch ensures that no silence lasts long without a message in the log, and that what can be done about
// it is done: settings that another program has changed are set again, and a connection to a serial server
// that may be dead is opened again. It checks once a second, and only while something is awaited.
#pragma once

#include <functional>
#include <string>

#include "os/asio.h"
#include "os/growing_interval.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class LineWatch {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(1);
  /// If an answer takes longer than this, the settings may have been changed.
  static constexpr Duration kSettingsAfter = std::chrono::milliseconds(2500);
  static constexpr Duration kSettingsAgain = std::chrono::seconds(3);
  /// A line that may be dead is reopened after this time without a byte from it.
  static constexpr Duration kReopenAfter = std::chrono::seconds(8);
  /// The same for a line that has delivered something: it was not dead, and a console is silent unless spoken
  /// to.
  static constexpr Duration kReopenAfterBytes = std::chrono::seconds(30);
  /// When it is reported that there is no link, or none yet; on a slow line later, after the time of so many
  /// bytes.
  static constexpr Duration kNoLinkAfter = std::chrono::seconds(3);
  static constexpr std::uint64_t kNoLinkBytes = 200;
  /// When it is reported that nothing was heard from the peer, if it should have answered.
  static constexpr Duration kSilentAfter = std::chrono::seconds(5);
  /// The same while it is not known how long an answer takes, and on a slow line after the time of so many bytes.
  static constexpr Duration kSilentAtFirst = std::chrono::seconds(8);
  static constexpr std::uint64_t kSilentBytes = 500;
  /// When it is reported that a line is still away.
  static constexpr Duration kAwayAfter = std::chrono::seconds(10);

  /// Closes the line and opens it again; the reason completes "lost X: ...".
  using Reopen = std::function<void(const std::string& reason)>;

  /// All references must outlive this object.
  LineWatch(asio::io_context& context, Endpoint& endpoint, Line& line, Observer& observer, Reopen reopen);

  void line_opened();
  /// The line is away, or was not there at the start; `reason` as it was logged.
  void line_away(const std::string& reason);
  void still_away(const std::string& reason) { away_reason_ = reason; }
  void received() { received_at_ = time(); }
  /// The state may have changed: starts the checks, if something is awaited.
  void look();
  void stop();

 private:
  static Time time();
  Duration time_of(std::uint64_t bytes) const;
  void check();
  void check_open(Time now);
  bool is_silent(Time now, Time since) const;
  void tell_of_silence(Time now, Time since);
  void tell_of_no_link(Time now);
  void check_settings(Time now, Time since);
  bool reopen_if_dead(Time now, Time since);

  Endpoint& endpoint_;
  Line& line_;
  Observer& observer_;
  Reopen reopen_;
  asio::steady_timer timer_;
  bool armed_ = false;
  bool stopped_ = false;

  bool open_ = false;
  Time opened_at_ = {};
  Time away_since_ = {};
  std::string away_reason_;
  Time received_at_ = {};
  Time settings_checked_ = {};
  bool was_up_ = false;
  Time no_link_since_ = {};
  bool had_link_ = false;
  Time silent_since_ = {};  ///< valid while the peer is reported as silent
  bool silence_told_ = false;
  GrowingInterval silence_again_{Duration{}};
  GrowingInterval no_link_again_{kNoLinkAfter};
  GrowingInterval away_again_{kAwayAfter};
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
