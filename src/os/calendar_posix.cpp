// localtime_r(3), whose tm_gmtoff is the BSDs' and glibc's.
#include "os/calendar.h"

namespace serialtcp::io {

LocalParts local_parts(std::time_t seconds) {
  LocalParts local;
  ::localtime_r(&seconds, &local.parts);
  local.ahead = std::chrono::seconds(local.parts.tm_gmtoff);
  return local;
}

std::tm utc_parts(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace serialtcp::io
