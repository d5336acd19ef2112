// History: the speed and the round trip of each link over the last minutes, for the curves of the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "control/status.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class History {
 public:
  /// Speeds are those of the last 5 s, so nothing is missed.
  static constexpr Duration kInterval = std::chrono::seconds(5);
  static constexpr std::size_t kPoints = 120;

  /// Once each interval. Links that are not there any more are forgotten.
  void add(const control::ProcessStatus& status);

  /// {"interval_seconds":5,"links":{NAME:{"sent":[...],"received":[...],"round_trip":[...]}}}, bytes a second and
  /// microseconds; the latest last; null: not known.
  std::string json() const;

 private:
  struct Point {
    std::uint32_t sent = 0;
    std::uint32_t received = 0;
    std::uint32_t round_trip_us = 0;  ///< 0: not known
  };
  std::map<std::string, std::deque<Point>> links_;
};

}  // namespace serialtcp::http
