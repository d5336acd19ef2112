// Texts for errors.
#include "io/error_text.h"

#include <cctype>
#include <cerrno>
#include <system_error>

#include "io/file_access.h"

namespace serialtcp::io {

std::string plain_text(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

OpenError port_open_error(int error) {
  using enum OpenError::Kind;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
      return {missing, "no such device: is it plugged in?"};
    case EACCES:
    case EPERM:
      return {unusable,
              "permission denied: add yourself to the group dialout (sudo usermod -aG dialout NAME) and log "
              "in again"};
    case EBUSY:
    case EWOULDBLOCK:
      return {passing, "in use by another program: end that one first (fuser -v shows which one it is)"};
    case ENOTTY:
    case EISDIR:
      return {unusable, "it is not a serial port"};
    case EIO:
      return {unusable, "no hardware answers there: is it the right port?"};
    case EINVAL:
      return {unusable,
              "the driver refuses these settings: try another baud rate, parity or number of stop bits"};
    case EMFILE:
    case ENFILE:
      return {passing, "no file descriptor is free: raise the limit with ulimit -n"};
    case EINTR:
    case ENOMEM:
    case ETIMEDOUT:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
      return {passing, plain_text(error)};
    default:
      return {unusable, plain_text(error)};
  }
}

OpenError port_open_error(const std::string& path, int error) {
  if (error == EACCES || error == EPERM) return {OpenError::Kind::unusable, access_advice(path)};
  return port_open_error(error);
}

std::string line_lost_text(int error) {
  switch (error) {
    case EIO:
    case ENXIO:
    case ENODEV:
      return "it was unplugged";
    case ECONNRESET:
    case EPIPE:
      return "the connection was reset";
    default:
      return plain_text(error);
  }
}

std::string listen_text(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program listens there already: end it, or choose another port";
    case EADDRNOTAVAIL:
      return "this machine does not have that address: ip address shows the ones it has";
    case EACCES:
      return "permission denied: ports below 1024 need root, choose a higher one";
    case EAFNOSUPPORT:
      return "this machine has no IPv6";
    case EMFILE:
    case ENFILE:
      return "no file descriptor is free: raise the limit with ulimit -n";
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
  switch (error) {
    case ECONNREFUSED:
      return ResetReason::refused;
    case ETIMEDOUT:
      return ResetReason::timed_out;
    case EHOSTUNREACH:
    case EHOSTDOWN:
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
