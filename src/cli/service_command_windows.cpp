// `install` has the service control manager start `serialtcp service run OPTION...`, which is `serialtcp OPTION...` as a service.
#include "cli/service_command_windows.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run.h"
#include "cli/running_processes.h"
#include "cli/signals.h"
#include "cli/signals_windows.h"
#include "cli/start.h"
#include "os/environment.h"
#include "os/error_text.h"
#include "os/files.h"
#include "os/last_error_windows.h"
#include "os/own_program.h"
#include "os/service_control_windows.h"
#include "os/text.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kServiceName = "service";
constexpr std::string_view kServiceUsage =
    "usage: serialtcp service install [--name NAME] OPTION...\n"
    "       serialtcp service remove [--name NAME]\n";
constexpr std::string_view kServiceHelp =
    "\nMakes serialtcp OPTION... a service, which Windows starts with the machine, or removes it.\n"
    "Paths have to be whole ones. Without --log or --config, the log is\n"
    "%PROGRAMDATA%\\serialtcp\\NAME.log. It runs as LocalSystem, which has to be able to read the\n"
    "key file. Only an administrator can do this. Start it now: sc start serialtcp\n"
    "  --name NAME     of the service, if there are several (serialtcp)\n"
    "Exit status: 0 done; 1 it could not be done; 2 wrong usage\n";

struct CloseService {
  void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

int usage(std::string_view mistake) {
  print_problem(kServiceName, mistake);
  std::fputs(std::string(kServiceUsage).c_str(), stderr);
  return kExitUsage;
}

std::string reason(DWORD error) {
  switch (error) {
    case ERROR_ACCESS_DENIED:
      return "permission denied: only an administrator can do this";
    case ERROR_SERVICE_EXISTS:
      return "it exists already: remove it first, or choose another name with --name";
    case ERROR_SERVICE_DOES_NOT_EXIST:
      return "there is no such service";
    case ERROR_SERVICE_MARKED_FOR_DELETE:
      return "it is being removed: try again when nobody has it open any more";
    case ERROR_INVALID_NAME:
      return "this cannot be the name of a service";
    default:
      return io::plain_text(io::errno_of(error));
  }
}

int failed(std::string_view what, const std::string& name, DWORD error) {
  print_problem(kServiceName, fmt::format("could not {} {}: {}", what, io::printable(name), reason(error)));
  return kExitCannotOpen;
}

/// A word as CommandLineToArgvW() gets it back: backslashes count double in front of a quote.
std::string quoted(std::string_view word) {
  std::string text = "\"";
  std::size_t slashes = 0;
  for (const char c : word) {
    if (c == '"') text.append(slashes + 1, '\\');
    slashes = c == '\\' ? slashes + 1 : 0;
    text += c;
  }
  return text.append(slashes, '\\') + "\"";
}

/// The folder of what all users have; made if it is not there.
std::string log_folder() {
  std::string folder = io::environment_text("PROGRAMDATA") + "\\serialtcp";
  ::CreateDirectoryW(io::wide_text(folder).c_str(), nullptr);
  return folder;
}

bool names(std::span<const char* const> options, std::string_view option) {
  for (const std::string_view word : options) {
    if (word == option || (word.starts_with(option) && word.substr(option.size()).starts_with('=')))
      return true;
  }
  return false;
}

int install(const std::string& name, std::span<const char* const> options) {
  if (options.empty()) return usage("the options of serialtcp are expected, as in COM3 -c 22");
  // What is wrong with them is said now, and not by a service that does not start.
  const Parsed parsed = parse_options(options);
  if (!parsed) {
    const auto* const mistake = std::get_if<UsageError>(&parsed.error());
    return usage(mistake != nullptr ? mistake->text : "these options run nothing");
  }
  std::string command = fmt::format("{} {} run", quoted(io::own_program_path()), kServiceName);
  for (const std::string_view option : options) command += ' ' + quoted(option);
  if (!names(options, "--log") && !names(options, "--config"))
    command += fmt::format(" --log {}", quoted(fmt::format("{}\\{}.log", log_folder(), name)));
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CREATE_SERVICE));
  if (!manager) return failed("install the service", name, ::GetLastError());
  const std::wstring wide = io::wide_text(name);
  const ServiceHandle service(::CreateServiceW(manager.get(), wide.c_str(), wide.c_str(), SERVICE_ALL_ACCESS,
                                               SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                               SERVICE_ERROR_NORMAL, io::wide_text(command).c_str(), nullptr,
                                               nullptr, nullptr, nullptr, nullptr));
  if (!service) return failed("install the service", name, ::GetLastError());
  wchar_t text[] = L"TCP services through a serial cable";
  SERVICE_DESCRIPTIONW description{text};
  ::ChangeServiceConfig2W(service.get(), SERVICE_CONFIG_DESCRIPTION, &description);
  std::fputs(
      fmt::format("The service {0} is installed: sc start {0} starts it now, and Windows with the machine\n",
                  io::printable(name))
          .c_str(),
      stdout);
  return kExitOk;
}

int remove(const std::string& name, std::span<const char* const> rest) {
  if (!rest.empty()) return usage(fmt::format("unexpected '{}'", io::printable(rest[0])));
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  if (!manager) return failed("remove the service", name, ::GetLastError());
  const ServiceHandle service(
      ::OpenServiceW(manager.get(), io::wide_text(name).c_str(), SERVICE_STOP | DELETE));
  if (!service) return failed("remove the service", name, ::GetLastError());
  SERVICE_STATUS status{};
  ::ControlService(service.get(), SERVICE_CONTROL_STOP, &status);  // it may not run
  if (::DeleteService(service.get()) == 0) return failed("remove the service", name, ::GetLastError());
  std::fputs(fmt::format("The service {} is removed\n", io::printable(name)).c_str(), stdout);
  return kExitOk;
}

/// Started by the service control manager.
int run_service(std::span<const char* const> options) {
  const auto body = [options] {
    hold_signals_back();
    return start("serialtcp", options);
  };
  const DWORD error = io::run_as_service(body, &raise_end);
  if (error == NO_ERROR) return kExitOk;
  if (error != ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
    return failed("run as", std::string(kServiceName), error);
  return usage("run is for Windows, which starts the service: use serialtcp service install");
}

}  // namespace

int service_command(std::span<const char* const> args) {
  const std::string_view action = args.size() > 1 ? args[1] : "";
  auto rest = args.subspan(std::min<std::size_t>(args.size(), 2));
  if (action == "run") return run_service(rest);
  if (action == "--help" || action == "-h") {
    std::fputs(fmt::format("{}{}", kServiceUsage, kServiceHelp).c_str(), stdout);
    return kExitOk;
  }
  std::string name = "serialtcp";
  if (!rest.empty() && std::string_view(rest[0]) == "--name") {
    if (rest.size() < 2) return usage("argument --name: a name is expected");
    name = rest[1];
    rest = rest.subspan(2);
  }
  if (name.empty() || name.find_first_of("\\/\"") != std::string::npos)
    return usage(fmt::format("argument --name: '{}' cannot be the name of a service", io::printable(name)));
  if (action == "install") return install(name, rest);
  if (action == "remove") return remove(name, rest);
  return usage("install or remove is expected");
}

}  // namespace serialtcp::cli
