// TIOCGICOUNT: see serial_icounter_struct in <linux/serial.h>.
#include <linux/serial.h>
#include <sys/ioctl.h>

#include "port/line_errors_posix.h"

namespace serialtcp::io {

std::optional<LineErrors> line_errors_of(int fd) {
  serial_icounter_struct counters{};
  if (::ioctl(fd, TIOCGICOUNT, &counters) != 0) return std::nullopt;
  const auto whole = [](int counter) { return static_cast<std::uint32_t>(counter); };
  return LineErrors{.overruns = whole(counters.overrun) + whole(counters.buf_overrun),
                    .parity = whole(counters.parity),
                    .framing = whole(counters.frame),
                    .breaks = whole(counters.brk)};
}

}  // namespace serialtcp::io
