#include "cli/standard_error.h"

#include <poll.h>
#include <unistd.h>

#include <string>

namespace serialtcp::cli {

void print_error(std::string_view text) {
  constexpr int kPatienceMilliseconds = 100;
  const std::string line = std::string(text) + "\n";
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, kPatienceMilliseconds) <= 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace serialtcp::cli
