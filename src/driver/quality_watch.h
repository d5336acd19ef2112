// QualityWatch: reports what a link is like while it is up: its round trip and the speed of its line, once they have
// been measured; that frames are lost or damaged; and its figures once a minute. A few checks a minute.
#pragma once

#include <cstdint>
#include <string>

#include "driver/loss_watch.h"
#include "os/asio.h"
#include "os/growing_interval.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class QualityWatch {
 public:
  /// The round trip is asked for at this interval, for so long; later, with everything else.
  static constexpr Duration kMeasureInterval = std::chrono::milliseconds(250);
  static constexpr Duration kMeasurePatience = std::chrono::seconds(15);
  static constexpr Duration kFigures = std::chrono::minutes(1);
  /// A speed that differs by this part from what was reported last is reported, if it does so twice in a row.
  static constexpr double kOtherSpeed = 0.25;
  /// Changes of speed are reported at first after this time, and then less and less often.
  static constexpr Duration kSpeedAgain = std::chrono::seconds(10);

  /// `nominal`: bytes per second by the settings of the line. References must outlive this object.
  QualityWatch(asio::io_context& context, Endpoint& endpoint, std::string line, std::uint64_t nominal,
               Observer& observer);

  void link_up();
  void stop();
  /// The line was set to another speed.
  void line_has_rate(std::uint64_t nominal) { nominal_ = nominal; }

 private:
  void arm(Duration after);
  void check();
  bool measure(const Stats& stats);
  void check_speed(const Stats& stats, Time time);
  void check_loss(const Stats& stats, Time time);
  void check_figures(const Stats& stats, Time time);
  Observer::Figures figures(const Stats& stats) const;

  Endpoint& endpoint_;
  std::string line_;
  std::uint64_t nominal_;
  std::uint32_t base_ = 0;  ///< the speed that it belongs to, if the line's can change
  Observer& observer_;
  asio::steady_timer timer_;
  Time up_since_{};
  bool measured_ = false;
  std::uint64_t speed_told_ = 0;
  bool speed_differs_ = false;
  GrowingInterval speed_again_{kSpeedAgain};
  LossWatch loss_;
  Time loss_looked_{};
  Stats minute_;  ///< at its beginning
  Time minute_began_{};
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
