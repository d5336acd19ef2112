#include "cli/stream_text.h"

#include <fmt/format.h>

#include "net/address.h"
#include "serialtcp/service.h"
#include "session/allowing_option.h"

namespace serialtcp::cli {

std::string stream_text(const io::StreamRequests::Wanted& wanted) {
  if (wanted.address) return io::to_string(*wanted.address);
  if (wanted.service.service == services::kSession) return "a session";
  if (wanted.service.name.empty()) return "the service without a name";
  return fmt::format("'{}'", wanted.service.name);
}

io::StreamRequests::Wanted session_wanted() {
  return {.service = services::kSession, .option = io::session::kAllowingOption};
}

io::StreamRequests::Wanted console_wanted() {
  auto wanted = session_wanted();
  wanted.service.priority = Priority::interactive;
  return wanted;
}

}  // namespace serialtcp::cli
