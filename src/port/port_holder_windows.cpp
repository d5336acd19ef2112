// Windows does not say who has a device open. But it lists the handles of all processes, and of a copy of a handle it tells the name
// of the device. It may keep whoever asks that waiting, for a handle that its owner waits for: so a thread of its own
// asks, one at a time, and what it finds too late serves the next look.
#include "port/port_holder.h"

#include <winternl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "os/clock.h"
#include "os/text.h"
#include "os/thread.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"
#include "port/com_name_windows.h"

namespace serialtcp::io {

namespace {

constexpr std::size_t kLookerStack = 64 * 1024;
/// Of the list of handles. A machine has some hundred thousand of 40 bytes.
constexpr std::size_t kMostOfList = 64 * 1024 * 1024;
constexpr ULONG kExtendedHandles = 64;  ///< SystemExtendedHandleInformation
constexpr auto kObjectName = static_cast<OBJECT_INFORMATION_CLASS>(1);
constexpr NTSTATUS kTooShort = static_cast<NTSTATUS>(0xC0000004);  // STATUS_INFO_LENGTH_MISMATCH

struct HandleEntry {
  void* object;
  ULONG_PTR process;
  ULONG_PTR handle;
  ULONG access;
  USHORT trace;
  USHORT type;
  ULONG attributes;
  ULONG reserved;
};

struct HandleList {
  ULONG_PTR count;
  ULONG_PTR reserved;
};

class OwnedHandle {
 public:
  explicit OwnedHandle(HANDLE handle) : handle_(handle) {}
  ~OwnedHandle() {
    if (is_valid()) ::CloseHandle(handle_);
  }
  OwnedHandle(OwnedHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  OwnedHandle(const OwnedHandle&) = delete;
  OwnedHandle& operator=(const OwnedHandle&) = delete;

  HANDLE get() const { return handle_; }
  bool is_valid() const { return handle_ != nullptr && handle_ != INVALID_HANDLE_VALUE; }

 private:
  HANDLE handle_;
};

using QuerySystem = NTSTATUS(WINAPI*)(ULONG what, void* into, ULONG size, ULONG* needed);

/// NtQuerySystemInformation(), for kinds of information that no header has.
QuerySystem query_system() {
  const HMODULE library = ::GetModuleHandleW(L"ntdll.dll");
  if (library == nullptr) return nullptr;
  return reinterpret_cast<QuerySystem>(
      reinterpret_cast<void*>(::GetProcAddress(library, "NtQuerySystemInformation")));
}

std::vector<HandleEntry> all_handles() {
  const QuerySystem query = query_system();
  if (query == nullptr) return {};
  std::vector<std::byte> list(1024 * 1024);
  NTSTATUS status = kTooShort;
  while (list.size() <= kMostOfList) {
    ULONG size = 0;
    status = query(kExtendedHandles, list.data(), static_cast<ULONG>(list.size()), &size);
    if (status != kTooShort) break;
    list.resize(2 * list.size());
  }
  if (status < 0) return {};
  HandleList head{};
  std::memcpy(&head, list.data(), sizeof head);
  std::vector<HandleEntry> entries(
      std::min<std::size_t>(head.count, (list.size() - sizeof head) / sizeof(HandleEntry)));
  std::memcpy(entries.data(), list.data() + sizeof head, entries.size() * sizeof(HandleEntry));
  return entries;
}

/// "\\Device\\Serial0"; empty if it has none.
std::string name_of_object(HANDLE handle) {
  std::array<std::byte, 1024> buffer{};
  ULONG size = 0;
  if (::NtQueryObject(handle, kObjectName, buffer.data(), static_cast<ULONG>(buffer.size()), &size) < 0)
    return "";
  UNICODE_STRING name{};
  std::memcpy(&name, buffer.data(), sizeof name);
  return name.Buffer == nullptr ? "" : narrow_text({name.Buffer, name.Length / sizeof(wchar_t)});
}

/// What the name of a port stands for: "\\Device\\Serial0".
std::string device_of_port(const std::string& name) {
  constexpr std::string_view kPrefix = R"(\\.\)";
  std::string own = com_path(name);
  if (own.starts_with(kPrefix)) own.erase(0, kPrefix.size());
  std::array<wchar_t, 1024> target{};
  const DWORD size =
      ::QueryDosDeviceW(wide_text(own).c_str(), target.data(), static_cast<DWORD>(target.size()));
  return size == 0 ? "" : narrow_text(std::wstring_view(target.data()));
}

/// What a thread has found, and whether it is done.
struct Found {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<std::int64_t, std::string>> open;
  bool done = false;
};

/// Handles of the same kind as one of a file, of other processes that this user may look at.
void look_at_handles(const std::shared_ptr<Found>& found, std::size_t most) {
  const OwnedHandle own(::CreateFileW(L"NUL", GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr));
  const auto entries = all_handles();
  const auto self = ULONG_PTR{::GetCurrentProcessId()};
  const auto a_file = std::ranges::find_if(entries, [&](const HandleEntry& entry) {
    return entry.process == self && entry.handle == reinterpret_cast<ULONG_PTR>(own.get());
  });
  std::map<ULONG_PTR, OwnedHandle> processes;
  for (const HandleEntry& entry : entries) {
    if (a_file == entries.end() || entry.type != a_file->type || entry.process == self) continue;
    auto process = processes.find(entry.process);
    if (process == processes.end()) {
      OwnedHandle opened(::OpenProcess(PROCESS_DUP_HANDLE, FALSE, static_cast<DWORD>(entry.process)));
      process = processes.emplace(entry.process, std::move(opened)).first;
    }
    HANDLE copy = nullptr;
    if (!process->second.is_valid() ||
        ::DuplicateHandle(process->second.get(), reinterpret_cast<HANDLE>(entry.handle),
                          ::GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) == 0)
      continue;
    const OwnedHandle owned(copy);
    std::string name = name_of_object(copy);
    const std::lock_guard lock(found->mutex);
    if (name.starts_with(R"(\Device\)"))
      found->open.emplace_back(static_cast<std::int64_t>(entry.process), std::move(name));
    if (found->open.size() >= most) break;
  }
  const std::lock_guard lock(found->mutex);
  found->done = true;
  found->changed.notify_all();
}

}  // namespace

HolderLook& HolderLook::shared() {
  static HolderLook look;
  return look;
}

void HolderLook::look() {
  static std::shared_ptr<Found> under_way;
  if (!under_way) {
    under_way = std::make_shared<Found>();
    const auto thread =
        start_thread([found = under_way] { look_at_handles(found, kMostOpen); }, kLookerStack);
    if (thread) ::pthread_detach(*thread);
    if (!thread) under_way->done = true;
  }
  std::unique_lock lock(under_way->mutex);
  const bool done = under_way->changed.wait_for(lock, longest_, [] { return under_way->done; });
  open_.clear();
  for (const auto& [process, device] : under_way->open) open_.push_back({process, false, device});
  lock.unlock();
  if (done) under_way.reset();
  looked_ = now();
}

std::vector<Holder> HolderLook::holders_of(const std::string& path) {
  std::vector<Holder> holders;
  const std::string device = device_of_port(path);
  if (device.empty()) return holders;
  if (looked_ == Time::min() || now() - looked_ >= kFresh) look();
  for (const Open& open : open_) {
    if (open.device != device) continue;
    const bool known = std::ranges::find(holders, open.process, &Holder::process) != holders.end();
    if (!known) holders.push_back({open.process, command_of(open.process)});
    if (holders.size() == kMostHolders) break;
  }
  return holders;
}

std::optional<Holder> flock_holder_of(const std::string&) {
  return std::nullopt;
}

std::string command_of(std::int64_t process) {
  const OwnedHandle handle(
      ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(process)));
  std::array<wchar_t, 1024> path{};
  auto size = static_cast<DWORD>(path.size());
  if (!handle.is_valid() || ::QueryFullProcessImageNameW(handle.get(), 0, path.data(), &size) == 0) return "";
  const std::string text = narrow_text({path.data(), size});
  return printable(text.substr(text.rfind('\\') + 1));
}

}  // namespace serialtcp::io
