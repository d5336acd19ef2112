// Texts for errors.
#include "os/error_text.h"

#include <fmt/format.h>
#include <cctype>
#include <cerrno>
#include <system_error>

namespace serialtcp::io {

int error_number(const boost::system::error_code& error) {
  const boost::system::error_condition condition = error.default_error_condition();
  return condition.category() == boost::system::generic_category() ? condition.value() : error.value();
}

std::string plain_text(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string no_descriptors_text() {
  return fmt::format("no file descriptor is free: {}", kMoreDescriptors);
}

std::string listen_text(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program listens there already: end it, or choose another port";
    case EADDRNOTAVAIL:
      return fmt::format("this machine does not have that address: {}", kOwnAddresses);
    case EACCES:
      return fmt::format("permission denied: {}", kOtherPort);
    case EAFNOSUPPORT:
      return "this machine has no IPv6";
    case EMFILE:
    case ENFILE:
      return no_descriptors_text();
    default:
      return plain_text(error);
  }
}

std::string unix_listen_text(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program listens there already: end it, or choose another path";
    case ENOENT:
    case ENOTDIR:
      return "there is no such folder: make it first";
    case EACCES:
    case EPERM:
    case EROFS:
      return "permission denied: choose a folder that you can write to";
    default:
      return listen_text(error);
  }
}

ResetReason listen_reason(int error) {
  switch (error) {
    case EADDRINUSE:
      return ResetReason::refused;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return ResetReason::unreachable;
    default:
      return shortage(error) == Shortage::none ? ResetReason::failed : ResetReason::no_resources;
  }
}

ResetReason connect_reason(int error) {
  if (error == kHostDown) return ResetReason::unreachable;
  switch (error) {
    case ECONNREFUSED:
      return ResetReason::refused;
    case ETIMEDOUT:
      return ResetReason::timed_out;
    case EHOSTUNREACH:
      return ResetReason::unreachable;
    case ENETUNREACH:
    case ENETDOWN:
      return ResetReason::network_unreachable;
    case EACCES:
    case EPERM:
      return ResetReason::not_allowed;
    case EADDRNOTAVAIL:  // for connect(): no local port is free
      return ResetReason::no_resources;
    default:
      return shortage(error) == Shortage::none ? ResetReason::failed : ResetReason::no_resources;
  }
}

Shortage shortage(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
      return Shortage::descriptors;
    case ENOBUFS:
    case ENOMEM:
      return Shortage::memory;
    default:
      return Shortage::none;
  }
}

}  // namespace serialtcp::io
