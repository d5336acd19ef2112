// Only named pipes can be read without waiting.
#include "net/program_start_windows.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <vector>

#include "os/environment.h"
#include "os/wide_text_windows.h"

namespace serialtcp::io {

namespace {

constexpr DWORD kSmallPipe = 4096;

enum class Way { to_program, from_program };

struct Pipe {
  OwnedHandle ours;
  OwnedHandle theirs;
};

Pipe make_pipe(Way way, DWORD buffer) {
  static std::atomic<unsigned> count = 0;
  const std::wstring name =
      wide_text(fmt::format(R"(\\.\pipe\serialtcp-exec-{}-{})", ::GetCurrentProcessId(), ++count));
  const DWORD direction = way == Way::to_program ? PIPE_ACCESS_OUTBOUND : PIPE_ACCESS_INBOUND;
  Pipe pipe;
  pipe.ours = OwnedHandle(
      ::CreateNamedPipeW(name.c_str(), direction | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                         PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, buffer, buffer, 0, nullptr));
  if (!pipe.ours) return pipe;
  SECURITY_ATTRIBUTES inherited{
      .nLength = sizeof inherited, .lpSecurityDescriptor = nullptr, .bInheritHandle = TRUE};
  const DWORD access = way == Way::to_program ? GENERIC_READ : GENERIC_WRITE;
  pipe.theirs = OwnedHandle(::CreateFileW(name.c_str(), access, 0, &inherited, OPEN_EXISTING, 0, nullptr));
  return pipe;
}

OwnedHandle make_job() {
  OwnedHandle job(::CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (job &&
      ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits) == 0)
    job.close();
  return job;
}

/// The list of handles that a new process inherits, which must live as long.
class Inheritance {
 public:
  explicit Inheritance(std::array<HANDLE, 3> handles) : handles_(handles) {
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    list_ = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    if (::InitializeProcThreadAttributeList(list_, 1, 0, &size) == 0) {
      list_ = nullptr;
      return;
    }
    ::UpdateProcThreadAttribute(list_, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(), sizeof handles_,
                                nullptr, nullptr);
  }
  ~Inheritance() {
    if (list_ != nullptr) ::DeleteProcThreadAttributeList(list_);
  }
  Inheritance(const Inheritance&) = delete;
  Inheritance& operator=(const Inheritance&) = delete;

  LPPROC_THREAD_ATTRIBUTE_LIST list() const { return list_; }

 private:
  std::array<HANDLE, 3> handles_;
  std::vector<char> memory_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
};

/// Of cmd: what is between the outer quotes is the command as it is.
std::wstring command_line(const std::string& command) {
  return wide_text(
      fmt::format(R"("{}" /d /s /c "{}")", environment_variable("COMSPEC").value_or("cmd.exe"), command));
}

/// In the job before it does anything.
bool create_process(const std::string& command, const std::array<HANDLE, 3>& files, StartedProgram& program) {
  const Inheritance inheritance(files);
  STARTUPINFOEXW how{};
  how.StartupInfo.cb = sizeof how;
  how.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  how.StartupInfo.hStdInput = files[0];
  how.StartupInfo.hStdOutput = files[1];
  how.StartupInfo.hStdError = files[2];
  how.lpAttributeList = inheritance.list();
  PROCESS_INFORMATION made{};
  std::wstring line = command_line(command);
  if (::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE,
                       CREATE_SUSPENDED | CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr,
                       &how.StartupInfo, &made) == 0)
    return false;
  const OwnedHandle thread(made.hThread);
  program.process = OwnedHandle(made.hProcess);
  if (::AssignProcessToJobObject(program.job.get(), made.hProcess) == 0) {
    const DWORD error = ::GetLastError();
    ::TerminateProcess(made.hProcess, 1);
    ::SetLastError(error);
    return false;
  }
  ::ResumeThread(made.hThread);
  return true;
}

}  // namespace

std::expected<StartedProgram, DWORD> start_program(const std::string& command, int buffer) {
  StartedProgram program;
  program.job = make_job();
  if (!program.job) return std::unexpected(::GetLastError());
  Pipe input = make_pipe(Way::to_program, kSmallPipe);
  if (!input.theirs) return std::unexpected(::GetLastError());
  Pipe output = make_pipe(Way::from_program, static_cast<DWORD>(buffer));
  if (!output.theirs) return std::unexpected(::GetLastError());
  Pipe error_output = make_pipe(Way::from_program, kSmallPipe);
  if (!error_output.theirs) return std::unexpected(::GetLastError());
  if (!create_process(command, {input.theirs.get(), output.theirs.get(), error_output.theirs.get()}, program))
    return std::unexpected(::GetLastError());
  program.input = std::move(input.ours);
  program.output = std::move(output.ours);
  program.error_output = std::move(error_output.ours);
  return program;
}

void let_stay(HANDLE job) {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION none{};
  ::SetInformationJobObject(job, JobObjectExtendedLimitInformation, &none, sizeof none);
}

}  // namespace serialtcp::io
