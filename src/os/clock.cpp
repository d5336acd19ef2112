// The only now() of the program, and the time of day.
#include "os/clock.h"

#include <fmt/format.h>
#include <time.h>

#include <array>

#include "os/wall_time.h"

namespace serialtcp::io {

Time now() {
  return Time(std::chrono::steady_clock::now().time_since_epoch());
}

std::string wall_time_text() {
  using namespace std::chrono;
  const auto since = system_clock::now().time_since_epoch();
  const std::time_t seconds = duration_cast<std::chrono::seconds>(since).count();
  std::tm parts{};
  std::array<char, 32> text{};
  ::localtime_r(&seconds, &parts);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return fmt::format("{}.{:03}", std::string_view(text.data(), size),
                     duration_cast<milliseconds>(since).count() % 1000);
}

}  // namespace serialtcp::io
