// History: the speed and the round trip of each link over the last minutes, for the curves of the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "control/status.h"
#include "serialtcp/time.h"

namespace serialtcp::http {

class History {
 public:
  /// Of a point: the speeds are means of nearly this time (base/rate_meter).
  static constexpr Duration kInterval = std::chrono::seconds(5);
  static constexpr std::size_t kPoints = 120;

  /// The next point of each link. Links that are not there any more are forgotten.
  void add(const control::ProcessStatus& status);
  /// So many points could not be taken: the process was stopped, say.
  void miss(std::uint64_t points);

  /// {"interval_seconds":5,"number":N,"links":{NAME:{"sent":[...],"received":[...],"round_trip_us":[...]}}}, the latest
  /// last, and so many at most: bytes a second, and microseconds; null: not known. N is the number of the latest point.
  std::string json(std::uint64_t most = kPoints) const;
  std::uint64_t number() const { return number_; }

 private:
  struct Point {
    std::uint32_t sent = 0;
    std::uint32_t received = 0;
    std::uint32_t round_trip_us = 0;  ///< 0: not known
  };
  using Points = std::deque<std::optional<Point>>;

  static void keep(Points& points, const std::optional<Point>& point);

  std::map<std::string, Points> links_;
  std::uint64_t number_ = 0;
};

}  // namespace serialtcp::http
