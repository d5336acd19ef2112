#include "copy/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>

#include "copy/names.h"
#include "copy/record.h"
#include "os/clock.h"
#include "os/text.h"

namespace serialtcp::io::copy {

namespace {

constexpr Duration kBetween = std::chrono::milliseconds(200);
constexpr Duration kBeforeRate = std::chrono::milliseconds(500);
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kLeastName = 8;

std::size_t columns_of(int fd) {
  winsize found{};
  return ::ioctl(fd, TIOCGWINSZ, &found) == 0 && found.ws_col > 0 ? found.ws_col : kUsualColumns;
}

}  // namespace

std::string progress_text(std::string_view name, std::uint64_t there, std::uint64_t size, double rate,
                          std::size_t columns) {
  std::string figures =
      size == kUnknownSize || size == 0
          ? fmt::format("  {}", format_size(there))
          : fmt::format("  {:3}%  {}", there >= size ? 100 : there * 100 / size, format_size(there));
  if (rate > 0) {
    figures += fmt::format("  {}/s", format_size(static_cast<std::uint64_t>(rate)));
    if (size != kUnknownSize && size > there) {
      const auto left = static_cast<std::uint64_t>(static_cast<double>(size - there) / rate);
      figures += fmt::format("  {}:{:02} left", left / 60, left % 60);
    }
  }
  const std::size_t room = std::max(columns, figures.size() + kLeastName) - figures.size();
  return (printable(name.substr(name.size() - std::min(name.size(), room))) + figures).substr(0, columns);
}

Progress::Progress(int fd) : fd_(fd), on_(::isatty(fd) != 0) {}

void Progress::show(const std::string& path, std::uint64_t there, std::uint64_t size) {
  if (!on_) return;
  const Time time = now();
  if (path != path_) {
    path_ = path;
    begun_ = time;
    first_ = there;
    shown_ = {};
  }
  if (shown_ != Time{} && time - shown_ < kBetween) return;
  shown_ = time;
  const Duration since = time - begun_;
  const double rate =
      since < kBeforeRate ? 0 : static_cast<double>(there - std::min(there, first_)) / to_seconds(since);
  const std::size_t columns = columns_of(fd_);
  const std::string name = entry_name(path);
  const std::string line =
      "\r" + progress_text(name.empty() ? path : name, there, size, rate, columns - 1) + "\x1b[K";
  [[maybe_unused]] const ssize_t ignored = ::write(fd_, line.data(), line.size());
  on_screen_ = true;
}

void Progress::clear() {
  if (!on_screen_) return;
  on_screen_ = false;
  constexpr std::string_view kErase = "\r\x1b[K";
  [[maybe_unused]] const ssize_t ignored = ::write(fd_, kErase.data(), kErase.size());
}

}  // namespace serialtcp::io::copy
