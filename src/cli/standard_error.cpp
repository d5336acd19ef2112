#include "cli/standard_error.h"

#include <poll.h>
#include <unistd.h>

#include <ranges>
#include <string>

#include "os/text.h"

namespace serialtcp::cli {

void print_error(std::string_view text) {
  constexpr int kPatienceMilliseconds = 100;
  std::string line;
  for (const auto part : std::views::split(text, '\n')) line += io::printable(std::string_view(part)) + "\n";
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, kPatienceMilliseconds) <= 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace serialtcp::cli
