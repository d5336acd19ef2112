// Windows tells it only to who opens the port.
#include "port/com_name_windows.h"
#include "port/handle_line_windows.h"
#include "port/port_in_use.h"

namespace serialtcp::io {

bool is_port_in_use(const std::string& name, PortUse use) {
  if (is_own_port(com_path(name))) return use == PortUse::by_anybody;
  const auto handle = open_handle(com_path(name));
  if (handle) ::CloseHandle(*handle);
  return !handle && (handle.error() == ERROR_ACCESS_DENIED || handle.error() == ERROR_SHARING_VIOLATION ||
                     handle.error() == ERROR_BUSY);
}

}  // namespace serialtcp::io
