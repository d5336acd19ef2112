// StartServiceCtrlDispatcherW() keeps the thread that calls it for itself, and runs the service on another one.
#include "os/service_control_windows.h"

#include <mutex>
#include <utility>

#include "os/windows.h"

namespace serialtcp::io {

namespace {

/// How long the manager waits for the next state, at least as long as the links take to end in order.
constexpr DWORD kPatienceMilliseconds = 60'000;

struct Service {
  std::function<int()> body;
  void (*stop)(const char* why) = nullptr;
  SERVICE_STATUS_HANDLE handle = nullptr;
  std::mutex mutex;
  SERVICE_STATUS status{};
  int result = 0;
};

/// Never destroyed: the manager may ask while the process ends.
Service& service() {
  static auto& one = *new Service;
  return one;
}

void tell(DWORD state, DWORD exit_code = NO_ERROR) {
  Service& one = service();
  const std::lock_guard lock(one.mutex);
  if (one.handle == nullptr || one.status.dwCurrentState == SERVICE_STOPPED) return;
  const bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
  one.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  one.status.dwCheckPoint = pending ? one.status.dwCheckPoint + 1 : 0;
  one.status.dwWaitHint = pending ? kPatienceMilliseconds : 0;
  one.status.dwCurrentState = state;
  one.status.dwControlsAccepted = state == SERVICE_STOP_PENDING || state == SERVICE_STOPPED
                                      ? 0
                                      : SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN;
  // An exit status of ours is one of the service, not of Windows.
  one.status.dwWin32ExitCode = exit_code == NO_ERROR ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
  one.status.dwServiceSpecificExitCode = exit_code;
  ::SetServiceStatus(one.handle, &one.status);
}

DWORD WINAPI handle_control(DWORD control, DWORD, LPVOID, LPVOID) {
  switch (control) {
    case SERVICE_CONTROL_STOP:
      tell(SERVICE_STOP_PENDING);
      service().stop("a stop of the service");
      return NO_ERROR;
    case SERVICE_CONTROL_SHUTDOWN:
      tell(SERVICE_STOP_PENDING);
      service().stop("the shutdown of the machine");
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

/// A process with one service may call it anything.
wchar_t no_name[] = L"";

void WINAPI service_main(DWORD, LPWSTR*) {
  Service& one = service();
  one.handle = ::RegisterServiceCtrlHandlerExW(no_name, &handle_control, nullptr);
  if (one.handle == nullptr) return;
  tell(SERVICE_START_PENDING);
  one.result = one.body();
  tell(SERVICE_STOPPED, static_cast<DWORD>(one.result));
}

}  // namespace

unsigned long run_as_service(std::function<int()> body, void (*stop)(const char* why)) {
  Service& one = service();
  one.body = std::move(body);
  one.stop = stop;
  const SERVICE_TABLE_ENTRYW table[] = {{no_name, &service_main}, {nullptr, nullptr}};
  return ::StartServiceCtrlDispatcherW(table) != 0 ? NO_ERROR : ::GetLastError();
}

bool is_service() {
  return service().handle != nullptr;
}

void tell_service_manager(ServiceState state) {
  tell(state == ServiceState::running ? SERVICE_RUNNING : SERVICE_STOP_PENDING);
}

}  // namespace serialtcp::io
