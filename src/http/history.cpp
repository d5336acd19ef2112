#include "http/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "os/json_text.h"
#include "os/text.h"

namespace serialtcp::http {

namespace {

std::uint32_t limited(double value) {
  return static_cast<std::uint32_t>(
      std::clamp(value, 0.0, static_cast<double>(std::numeric_limits<std::uint32_t>::max())));
}

template <typename Points, typename Value>
std::string list_of(const Points& points, Value value) {
  std::string text;
  for (const auto& point : points) {
    if (!text.empty()) text += ',';
    text += value(point);
  }
  return text;
}

}  // namespace

void History::add(const control::ProcessStatus& status) {
  std::set<std::string> present;
  for (const control::LinkStatus& link : status.links) {
    present.insert(link.name);
    std::deque<Point>& points = links_[link.name];
    constexpr double kMicroseconds = 1e6;
    points.push_back({limited(static_cast<double>(link.on_line.sent_bytes_per_second)),
                      limited(static_cast<double>(link.on_line.received_bytes_per_second)),
                      limited(link.round_trip_seconds.value_or(0) * kMicroseconds)});
    if (points.size() > kPoints) points.pop_front();
  }
  std::erase_if(links_, [&present](const auto& link) { return !present.contains(link.first); });
}

std::string History::json() const {
  std::string text = fmt::format("{{\"interval_seconds\":{},\"links\":{{",
                                 std::chrono::duration_cast<std::chrono::seconds>(kInterval).count());
  std::string_view separator;
  for (const auto& [name, points] : links_) {
    fmt::format_to(std::back_inserter(text), "{}{}:{{\"sent\":[{}],\"received\":[{}],\"round_trip\":[{}]}}",
                   separator, io::json_string(io::printable(name)),
                   list_of(points, [](const Point& point) { return fmt::format("{}", point.sent); }),
                   list_of(points, [](const Point& point) { return fmt::format("{}", point.received); }),
                   list_of(points, [](const Point& point) {
                     return point.round_trip_us > 0 ? fmt::format("{}", point.round_trip_us)
                                                    : std::string("null");
                   }));
    separator = ",";
  }
  return text + "}}";
}

}  // namespace serialtcp::http
