// An end that refuses says which option allows it, at both ends.
#include "io/forward_text.h"

#include <fmt/format.h>

#include "io/address.h"
#include "io/host.h"

namespace serialtcp::io {

std::string allowing_option(AllowedTo to, const line::Address& wanted) {
  return fmt::format("{} {}", to == AllowedTo::connect ? "--allow" : "--allow-listen", to_string(wanted));
}

std::string_view open_failure(StreamError error) {
  switch (error) {
    case StreamError::too_many_streams:
      return "too many connections at once: try again when some have ended";
    case StreamError::no_names:
      return "the other end speaks the original's protocol, which has only the service without a name, and "
             "no "
             "forwarding";
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
  if (reason == ResetReason::no_such_service) {
    return "the other end is of an older version, which does not forward: use the same version at both ends";
  }
  return std::string(describe(reason));
}

std::string listen_failure(ResetReason reason, const std::string& option) {
  switch (reason) {
    case ResetReason::refused:
      return "another program listens there already: end it, or choose another port";
    case ResetReason::unreachable:
      return "the other end does not have that address";
    case ResetReason::name_not_found:
      return "there is no host of that name";
    case ResetReason::no_resources:
      return "the other end listens at too many places already, or is out of descriptors or memory";
    case ResetReason::failed:
      return "it cannot be done there: the log of the other end says why";
    default:
      return request_failure(reason, option);
  }
}

std::optional<std::string> exposed_there(const line::Address& at) {
  const auto address = numeric(at);
  if (address && address->is_loopback()) return std::nullopt;
  return fmt::format(
      "WARNING: whoever can reach {} at the other end can connect through the cable: leave out the address "
      "of "
      "-R to have it listen on localhost only",
      to_string(at));
}

std::optional<std::string> exposed_here(const line::Address& at) {
  const auto address = numeric(at);
  if (address && address->is_loopback()) return std::nullopt;
  return fmt::format(
      "WARNING: whoever can reach {} can connect through the cable to the other end, which has asked for it with "
      "-R: allow only localhost with --allow-listen if that is not meant",
      to_string(at));
}

std::string not_allowed_text(AllowedTo to, const line::Address& wanted) {
  const auto* const text = std::get_if<std::string>(&wanted.host);
  if (text != nullptr && !is_name(*text)) {
    const auto address = written_address(*text);
    if (!address) return fmt::format("not allowed: '{}' is neither an address nor a name", *text);
    return not_allowed_text(to, to_address(*address, wanted.port));
  }
  return fmt::format("not allowed: start this end with {}", allowing_option(to, wanted));
}

}  // namespace serialtcp::io
