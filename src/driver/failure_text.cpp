// Each reason as the end of a sentence.
#include "driver/failure_text.h"

#include <fmt/format.h>

namespace serialtcp::io {

std::string_view open_failure(StreamError error) {
  switch (error) {
    case StreamError::too_many_streams:
      return "too many connections at once: try again when some have ended";
    case StreamError::no_names:
      return "the other end speaks the original's protocol, which has only the service without a name, "
             "and no forwarding";
    case StreamError::no_datagrams:
      return "the other end speaks the original's protocol, which knows nothing of UDP";
    case StreamError::wrong_kind:
    case StreamError::too_long:
    case StreamError::link_down:
    case StreamError::no_such_stream:
    case StreamError::write_shut:
      return "the link has just gone down";
  }
  return "";
}

std::string request_failure(ResetReason reason, const std::string& option) {
  if (reason == ResetReason::not_allowed)
    return fmt::format("the other end does not allow it: start it with {}", option);
  if (reason == ResetReason::no_such_service)
    return "the other end is of an older version, which cannot do this: use the same version at both ends";
  return std::string(describe(reason));
}

}  // namespace serialtcp::io
