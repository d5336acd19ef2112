// The service control manager of Windows, for a process that it has started: what it is told, and what it wants.
#pragma once

#include <functional>
#include <string>

namespace serialtcp::io {

/// Runs `body` as the service, with `stop` called from another thread when it is to end, and returns what `body` returned. Or the error of the
/// system, such as ERROR_FAILED_SERVICE_CONTROLLER_CONNECT when the manager has not started this process. Once a process.
unsigned long run_as_service(std::function<int()> body, void (*stop)(const char* why));

/// Whether this process is a service; then what it is can be told.
bool is_service();
enum class ServiceState { running, stopping };
void tell_service_manager(ServiceState state);

}  // namespace serialtcp::io
