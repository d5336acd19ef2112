#include "os/local_time.h"

#include <fmt/format.h>

#include <ctime>

#include "os/calendar.h"
#include "os/wall_time.h"

namespace serialtcp::io {

namespace {

struct LocalTime {
  std::tm parts{};
  int milliseconds = 0;
};

LocalTime local_time() {
  const WallTime now = wall_time();
  return {local_parts(now.seconds).parts, now.milliseconds};
}

}  // namespace

std::string local_time_text() {
  const auto [t, milliseconds] = local_time();
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec, milliseconds);
}

std::string local_time_for_name() {
  const std::tm t = local_time().parts;
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

}  // namespace serialtcp::io
