// CreateFile().
#include "port/handle_line_windows.h"

#include "os/wide_text_windows.h"

namespace serialtcp::io {

std::expected<HANDLE, DWORD> open_handle(const std::string& path) {
  const HANDLE handle = ::CreateFileW(wide_text(path).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                      OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return std::unexpected(::GetLastError());
  return handle;
}

ErrorCode adopt_handle(asio::io_context& context, HANDLE handle, HandleStream& into,
                       HandleStream::Ways ways) {
  asio::windows::stream_handle stream(context);
  ErrorCode error;
  stream.assign(handle, error);
  if (!error) into.adopt(std::move(stream), std::move(ways));
  return error;
}

std::string windows_error_text(DWORD error) {
  return ErrorCode(static_cast<int>(error), boost::system::system_category()).message();
}

}  // namespace serialtcp::io
