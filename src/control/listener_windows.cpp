// A named pipe: each client has an instance of its own. Whoever would take the name before this program finds that it cannot: the
// first instance has to be ours.
#include "control/listener.h"

#include <fmt/format.h>

#include <boost/asio/windows/overlapped_ptr.hpp>
#include <boost/asio/windows/stream_handle.hpp>
#include <utility>

#include "control/pipe_bridge_windows.h"
#include "net/socket_pair.h"
#include "os/alarm.h"
#include "os/error_text.h"
#include "os/last_error_windows.h"
#include "os/lifetime.h"
#include "os/private_access_windows.h"
#include "os/wide_text_windows.h"

namespace serialtcp::control {

namespace {

using PipeHandle = io::asio::windows::stream_handle;

/// Clients at once, those of streams included; others find the pipe busy.
constexpr DWORD kMostClients = 200;
/// After running out of anything.
constexpr Duration kPause = std::chrono::seconds(1);

std::string process_at(HANDLE pipe) {
  ULONG process = 0;
  if (::GetNamedPipeClientProcessId(pipe, &process) == 0) return "a local program";
  return fmt::format("process {}", process);
}

class PipeListener final : public Listener {
 public:
  PipeListener(io::asio::io_context& context, const std::string& path, Accepted accepted)
      : context_(context),
        path_(io::wide_text(path)),
        accepted_(std::move(accepted)),
        next_(context),
        pause_(context) {}
  ~PipeListener() override {
    io::ErrorCode ignored;
    next_.close(ignored);
  }

  /// The error of the system.
  DWORD start() {
    // Wine 8 does not heed the flag for the first instance.
    if (::WaitNamedPipeW(path_.c_str(), 1) != 0 || ::GetLastError() == ERROR_SEM_TIMEOUT)
      return ERROR_PIPE_BUSY;
    const DWORD error = make_next(FILE_FLAG_FIRST_PIPE_INSTANCE);
    if (error == ERROR_SUCCESS) wait();
    return error;
  }

 private:
  DWORD make_next(DWORD flags) {
    const HANDLE pipe =
        ::CreateNamedPipeW(path_.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | flags,
                           PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_REJECT_REMOTE_CLIENTS,
                           kMostClients, kPipeBuffer, kPipeBuffer, 0, access_.attributes());
    if (pipe == INVALID_HANDLE_VALUE) return ::GetLastError();
    next_ = PipeHandle(context_, pipe);
    return ERROR_SUCCESS;
  }

  void wait() {
    io::asio::windows::overlapped_ptr done(
        context_, lifetime_.guard([this](io::ErrorCode error, std::size_t) { connected(error); }));
    if (::ConnectNamedPipe(next_.native_handle(), done.get()) != 0) return static_cast<void>(done.release());
    const DWORD error = ::GetLastError();
    if (error == ERROR_IO_PENDING) return static_cast<void>(done.release());
    const int number = error == ERROR_PIPE_CONNECTED ? 0 : static_cast<int>(error);
    done.complete(io::ErrorCode(number, boost::system::system_category()), 0);
  }

  void connected(const io::ErrorCode& error) {
    PipeHandle pipe = std::move(next_);
    if (!error) hand_over(std::move(pipe));
    go_on();
  }

  void hand_over(PipeHandle pipe) {
    auto pair = io::socket_pair(context_);
    if (!pair) return;  // the client sees its pipe closed
    std::string who = process_at(pipe.native_handle());
    bridge(std::move(pipe), std::move(pair->second));
    accepted_(std::move(pair->first), std::move(who));
  }

  void go_on() {
    if (make_next(0) == ERROR_SUCCESS) return wait();
    pause_.start(kPause, [this] { go_on(); });
  }

  io::asio::io_context& context_;
  const std::wstring path_;
  Accepted accepted_;
  io::PrivateAccess access_;
  PipeHandle next_;  ///< waits for a client
  io::Alarm pause_;
  io::Lifetime lifetime_;
};

}  // namespace

std::expected<std::unique_ptr<Listener>, std::string> make_listener(io::asio::io_context& context,
                                                                    const std::string& path,
                                                                    Accepted accepted) {
  auto listener = std::make_unique<PipeListener>(context, path, std::move(accepted));
  const DWORD error = listener->start();
  if (error == ERROR_SUCCESS) return listener;
  if (error == ERROR_ACCESS_DENIED || error == ERROR_PIPE_BUSY)
    return std::unexpected("another program listens there already: end it, or choose another name");
  return std::unexpected(io::plain_text(io::errno_of(error)));
}

}  // namespace serialtcp::control
