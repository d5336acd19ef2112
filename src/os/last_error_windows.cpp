// GetLastError().
#include "os/last_error_windows.h"

#include <boost/system/error_code.hpp>
#include <cerrno>

#include "os/windows.h"

namespace serialtcp::io {

std::error_code last_error() {
  return {static_cast<int>(::GetLastError()), std::system_category()};
}

int last_errno() {
  const boost::system::error_code error(static_cast<int>(::GetLastError()), boost::system::system_category());
  const boost::system::error_condition condition = error.default_error_condition();
  return condition.category() == boost::system::generic_category() ? condition.value() : EIO;
}

}  // namespace serialtcp::io
