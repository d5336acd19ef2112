// The service control manager is told whether the service runs or ends, and nothing else: it has no use for the rest.
#include "os/service_manager.h"

#include "os/service_control_windows.h"

namespace serialtcp::io {

ServiceManager::ServiceManager() = default;

ServiceManager::~ServiceManager() = default;

bool ServiceManager::present() const {
  return is_service();
}

bool ServiceManager::send(std::string_view message, Loss) {
  if (!present()) return false;
  if (message.starts_with("READY=1")) tell_service_manager(ServiceState::running);
  // Each of these is another sign of life of one that takes its time to end.
  if (message.starts_with("STOPPING=1") || message.starts_with("EXTEND_TIMEOUT"))
    tell_service_manager(ServiceState::stopping);
  return true;
}

void ServiceManager::send_reloading() {}

void ServiceManager::send_again() {}

std::optional<std::string> ServiceManager::take_problem() {
  return std::nullopt;
}

}  // namespace serialtcp::io
