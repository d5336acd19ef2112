// What the system tells of the device: it is not opened.
#include <sys/stat.h>

#include "port/device_use.h"
#include "port/port_holder.h"
#include "port/port_in_use.h"

namespace serialtcp::io {

bool is_port_in_use(const std::string& name, PortUse use) {
  struct stat info {};
  const bool here =
      use == PortUse::by_anybody && ::stat(name.c_str(), &info) == 0 && opened_here(info.st_rdev, -1);
  return here || flock_holder_of(name).has_value() || !HolderLook::shared().holders_of(name).empty();
}

}  // namespace serialtcp::io
