#include "http/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>

#include "os/json_text.h"
#include "os/text.h"

namespace serialtcp::http {

namespace {

constexpr double kMicroseconds = 1e6;

template <typename Number>
std::uint32_t limited(Number value) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  return value < static_cast<Number>(kMost) ? static_cast<std::uint32_t>(value) : kMost;
}

/// The last ones, "[1,2,null]".
template <typename Points, typename Value>
std::string list_of(const Points& points, std::uint64_t most, Value value) {
  std::string text;
  for (auto point = points.end() - static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(most, points.size()));
       point != points.end(); ++point) {
    const std::optional<std::uint32_t> number = *point ? value(**point) : std::nullopt;
    text += fmt::format("{}{}", text.empty() ? "[" : ",", number ? fmt::format("{}", *number) : "null");
  }
  return text + "]";  // there is at least one
}

}  // namespace

void History::keep(Points& points, const std::optional<Point>& point) {
  points.push_back(point);
  if (points.size() > kPoints) points.pop_front();
}

void History::add(const control::ProcessStatus& status) {
  ++number_;
  std::set<std::string> present;
  for (const control::LinkStatus& link : status.links) {
    // As it is called in the status.
    const std::string name = io::printable(link.name);
    if (!present.insert(name).second) continue;
    const double round_trip = std::max(link.round_trip_seconds.value_or(0), 0.0);
    keep(links_[name],
         Point{limited(link.on_line.sent_bytes_per_second), limited(link.on_line.received_bytes_per_second),
               limited(round_trip * kMicroseconds)});
  }
  std::erase_if(links_, [&present](const auto& link) { return !present.contains(link.first); });
}

void History::miss(std::uint64_t points) {
  number_ += points;
  for (auto& [name, known] : links_) {
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(points, kPoints); ++i) keep(known, std::nullopt);
  }
}

std::string History::json(std::uint64_t most) const {
  using Number = std::optional<std::uint32_t>;
  std::string text =
      fmt::format("{{\"interval_seconds\":{},\"number\":{},\"links\":{{",
                  std::chrono::duration_cast<std::chrono::seconds>(kInterval).count(), number_);
  std::string_view separator;
  for (const auto& [name, points] : links_) {
    fmt::format_to(std::back_inserter(text), "{}{}:{{\"sent\":{},\"received\":{},\"round_trip_us\":{}}}",
                   separator, io::json_string(name),
                   list_of(points, most, [](const Point& point) { return Number(point.sent); }),
                   list_of(points, most, [](const Point& point) { return Number(point.received); }),
                   list_of(points, most, [](const Point& point) {
                     return point.round_trip_us > 0 ? Number(point.round_trip_us) : Number();
                   }));
    separator = ",";
  }
  return text + "}}";
}

}  // namespace serialtcp::http
