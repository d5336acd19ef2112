// A refusal names the option that permits it, at both ends.
#include "service/forward_text.h"

#include <fmt/format.h>

#include "driver/failure_text.h"
#include "net/address.h"
#include "net/host.h"

namespace serialtcp::io {

std::string allowing_option(AllowedTo to, const wire::Address& wanted) {
  return fmt::format("{} {}", to == AllowedTo::connect ? "--allow" : "--allow-listen", to_string(wanted));
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

std::string exposed_message(std::string_view place) {
  return fmt::format(
      "WARNING: whoever can reach {} can connect through the cable: leave out the address to listen on "
      "localhost only",
      place);
}

std::optional<std::string> exposed_there(const wire::Address& at) {
  const auto address = numeric(at);
  if (address && address->is_loopback()) return std::nullopt;
  return fmt::format(
      "WARNING: whoever can reach {} at the other end can connect through the cable: leave out the address of "
      "-R to listen on localhost only",
      to_string(at));
}

std::optional<std::string> exposed_here(const wire::Address& at) {
  const auto address = numeric(at);
  if (address && address->is_loopback()) return std::nullopt;
  return fmt::format(
      "WARNING: whoever can reach {} can connect through the cable to the other end, which requested this with "
      "-R: to prevent it, allow only localhost with --allow-listen",
      to_string(at));
}

std::string not_allowed_text(AllowedTo to, const wire::Address& wanted) {
  const auto* const text = std::get_if<std::string>(&wanted.host);
  if (text != nullptr && !is_name(*text)) {
    const auto address = written_address(*text);
    if (!address) return fmt::format("not allowed: '{}' is neither an address nor a name", *text);
    return not_allowed_text(to, to_address(*address, wanted.port));
  }
  return fmt::format("not allowed: start this end with {}", allowing_option(to, wanted));
}

}  // namespace serialtcp::io
