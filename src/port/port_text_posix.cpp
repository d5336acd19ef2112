// Texts for the system's errors.
#include "port/port_text_posix.h"

#include <cerrno>

#include "os/error_text.h"
#include "port/file_access_posix.h"

namespace serialtcp::io {

OpenError port_open_error(int error) {
  using enum OpenError::Kind;
  if (error == kHostDown) return {passing, plain_text(error)};
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
      return {missing, "no such device: is it plugged in?"};
    case EACCES:
    case EPERM:
      return {unusable,
              "permission denied: add yourself to the group dialout (sudo usermod -aG dialout NAME) "
              "and log in again"};
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
      return {passing, no_descriptors_text()};
    case EINTR:
    case ENOMEM:
    case ETIMEDOUT:
    case ECONNREFUSED:
    case ECONNRESET:
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

}  // namespace serialtcp::io
