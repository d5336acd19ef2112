// Others may read the file while it is written, and it can be renamed. Whether a pipe has room is asked before something is written
// to it: that would wait for its reader.
#include <fcntl.h>
#include <io.h>
#include <winternl.h>

#include <cerrno>

#include "os/last_error_windows.h"
#include "os/private_access_windows.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"
#include "port/record_file.h"

namespace serialtcp::io {

namespace {

/// What FilePipeLocalInformation (24) of NtQueryInformationFile() tells.
constexpr auto kPipeInformation = static_cast<FILE_INFORMATION_CLASS>(24);
struct PipeInformation {
  ULONG type, configuration, most_instances, instances, inbound_quota, unread, outbound_quota, room, state,
      end;
};

HANDLE handle_of_record(int number) {
  return reinterpret_cast<HANDLE>(::_get_osfhandle(number));
}

std::expected<RecordFile, int> record_file(HANDLE handle) {
  RecordFile file{.number = ::_open_osfhandle(reinterpret_cast<intptr_t>(handle), _O_BINARY)};
  if (file.number < 0) {
    ::CloseHandle(handle);
    return std::unexpected(EMFILE);
  }
  LARGE_INTEGER size{};
  file.regular = ::GetFileType(handle) == FILE_TYPE_DISK && ::GetFileSizeEx(handle, &size) != 0;
  if (file.regular) file.size = static_cast<std::uint64_t>(size.QuadPart);
  return file;
}

bool accepts(HANDLE handle, std::size_t size) {
  if (::GetFileType(handle) != FILE_TYPE_PIPE) return true;
  IO_STATUS_BLOCK status{};
  PipeInformation pipe{};
  return ::NtQueryInformationFile(handle, &status, &pipe, sizeof pipe, kPipeInformation) < 0 ||
         pipe.room >= size;
}

}  // namespace

std::expected<RecordFile, int> open_record(const std::string& path, RecordContents contents) {
  const PrivateAccess access;
  const bool kept = contents == RecordContents::kept;
  const HANDLE handle = ::CreateFileW(wide_text(path).c_str(), kept ? FILE_APPEND_DATA : GENERIC_WRITE,
                                      FILE_SHARE_READ | FILE_SHARE_DELETE, access.attributes(),
                                      kept ? OPEN_ALWAYS : CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  const int error = handle == INVALID_HANDLE_VALUE ? last_errno() : 0;
  if (error != 0) return std::unexpected(error);
  return record_file(handle);
}

std::expected<RecordFile, int> open_standard_error() {
  HANDLE copy = nullptr;
  if (::DuplicateHandle(::GetCurrentProcess(), ::GetStdHandle(STD_ERROR_HANDLE), ::GetCurrentProcess(), &copy,
                        0, FALSE, DUPLICATE_SAME_ACCESS) == 0)
    return std::unexpected(EBADF);
  return record_file(copy);
}

void close_record(int number) {
  ::_close(number);
}

std::expected<std::size_t, int> write_record(int number, std::string_view text) {
  const HANDLE handle = handle_of_record(number);
  if (!accepts(handle, text.size())) return 0;
  DWORD written = 0;
  if (::WriteFile(handle, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) == 0)
    return std::unexpected(last_errno());
  return written;
}

bool may_have_room_again(int error) {
  return error == ENOSPC;
}

int rename_record(const std::string& from, const std::string& to) {
  return ::MoveFileExW(wide_text(from).c_str(), wide_text(to).c_str(), MOVEFILE_REPLACE_EXISTING) != 0
             ? 0
             : last_errno();
}

}  // namespace serialtcp::io
