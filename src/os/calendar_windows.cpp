// localtime_s() of the C library. Its difference to UTC is what the local time would be as one of UTC.
#include "os/calendar.h"

#include "os/windows.h"

namespace serialtcp::io {

LocalParts local_parts(std::time_t seconds) {
  LocalParts local;
  ::localtime_s(&local.parts, &seconds);
  std::tm as_utc = local.parts;
  local.ahead = std::chrono::seconds(::_mkgmtime(&as_utc) - seconds);
  return local;
}

std::tm utc_parts(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_s(&parts, &seconds);
  return parts;
}

}  // namespace serialtcp::io
