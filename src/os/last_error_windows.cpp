// GetLastError().
#include "os/last_error_windows.h"

#include <boost/system/error_code.hpp>
#include <cerrno>

#include "os/windows.h"

namespace serialtcp::io {

std::error_code last_error() {
  return {static_cast<int>(::GetLastError()), std::system_category()};
}

int errno_of(unsigned long error) {
  const boost::system::error_code code(static_cast<int>(error), boost::system::system_category());
  const boost::system::error_condition condition = code.default_error_condition();
  return condition.category() == boost::system::generic_category() ? condition.value() : EIO;
}

int last_errno() {
  return errno_of(::GetLastError());
}

}  // namespace serialtcp::io
