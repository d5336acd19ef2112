// Pipes have a folder for themselves. Which processes have one is found by asking for that of each.
#include "control/place.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/text.h"
#include "os/whole_number.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

#include <tlhelp32.h>

namespace serialtcp::control {

namespace {

constexpr std::string_view kPipes = R"(\\.\pipe)";
constexpr std::string_view kFirstPart = R"(\\.\pipe\serialtcp-)";

std::string pipe_of(std::uint64_t process) {
  return fmt::format("{}{}", kFirstPart, process);
}

/// Whether there is one, without connecting to it.
bool is_there(const std::string& pipe) {
  return ::WaitNamedPipeW(io::wide_text(pipe).c_str(), 1) != 0 || ::GetLastError() == ERROR_SEM_TIMEOUT;
}

}  // namespace

Surroundings surroundings() {
  return {};
}

std::expected<std::string, std::string> own_folder(const Surroundings&) {
  return std::string(kPipes);
}

std::expected<std::string, std::string> prepare(const std::string&) {
  return pipe_of(::GetCurrentProcessId());
}

Found find_sockets(const Surroundings&) {
  Found found{.searched = {std::string(kPipes)}};
  const HANDLE processes = ::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  if (processes == INVALID_HANDLE_VALUE) return found;
  PROCESSENTRY32W process{};
  process.dwSize = sizeof process;
  std::vector<DWORD> numbers;
  for (BOOL more = ::Process32FirstW(processes, &process); more != 0 && numbers.size() < kMaxFiles;
       more = ::Process32NextW(processes, &process))
    numbers.push_back(process.th32ProcessID);
  ::CloseHandle(processes);
  std::ranges::sort(numbers);
  for (const DWORD number : numbers) {
    if (std::string pipe = pipe_of(number); is_there(pipe)) found.sockets.push_back(std::move(pipe));
  }
  return found;
}

std::optional<std::uint64_t> process_at(std::string_view path) {
  if (!path.starts_with(kFirstPart)) return std::nullopt;
  return io::whole_number<std::uint64_t>(path.substr(kFirstPart.size()));
}

std::expected<std::string, std::string> parse_place(const std::string& text) {
  constexpr std::size_t kMostName = 200;
  const bool whole = text.size() > kPipes.size() && text.starts_with(kPipes) && text[kPipes.size()] == '\\';
  const std::string name = whole ? text.substr(kPipes.size() + 1) : text;
  if (name.empty() || name.size() > kMostName || name.find_first_of("\\/:") != std::string::npos)
    return std::unexpected(
        fmt::format("'{}' is not the name of a pipe, as in rack or {}\\rack", io::printable(text), kPipes));
  return fmt::format("{}\\{}", kPipes, name);
}

std::optional<std::string> problem_at(const std::string&) {
  return std::nullopt;
}

}  // namespace serialtcp::control
