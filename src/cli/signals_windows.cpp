// SetConsoleCtrlHandler(). Windows calls the handler on a thread of its own. When the console is closed, its user logs off or the
// machine shuts down, the process ends as soon as the handler returns, and after some seconds anyway: so it does not return.
#include "cli/signals.h"

#include <array>
#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "cli/signals_windows.h"
#include "os/lifetime.h"
#include "os/windows.h"

namespace serialtcp::cli {

namespace {

/// What a watch has to hear, until it is taken on the thread of the loop.
struct Heard {
  std::mutex mutex;
  bool held = false;                        ///< nobody hears it yet, and it must not have its usual effect
  std::vector<Signal> pending;              ///< limited by kMostPending
  io::asio::io_context* context = nullptr;  ///< of the watch
  std::function<void()> take;               ///< runs there
};
constexpr std::size_t kMostPending = 16;

/// Never destroyed: the handler may run while the process ends.
Heard& state() {
  static auto& heard = *new Heard;
  return heard;
}

/// False if it is to have its usual effect.
bool put(const Signal& signal) {
  Heard& heard = state();
  const std::lock_guard lock(heard.mutex);
  if (heard.context == nullptr && !heard.held) return false;
  if (heard.pending.size() < kMostPending) heard.pending.push_back(signal);
  if (heard.context != nullptr) io::asio::post(*heard.context, heard.take);
  return true;
}

std::optional<Signal> signal_of(DWORD event) {
  using enum Signal::Meaning;
  switch (event) {
    case CTRL_C_EVENT:
      return Signal{end, SIGINT, "Ctrl-C"};
    case CTRL_BREAK_EVENT:
      return Signal{end, SIGTERM, "Ctrl-Break"};
    case CTRL_CLOSE_EVENT:
      return Signal{end, SIGTERM, "the end of the console"};
    case CTRL_LOGOFF_EVENT:
      return Signal{end, SIGTERM, "the end of the user's session"};
    case CTRL_SHUTDOWN_EVENT:
      return Signal{end, SIGTERM, "the shutdown of the machine"};
    default:
      return std::nullopt;
  }
}

BOOL WINAPI handle(DWORD event) {
  const auto signal = signal_of(event);
  if (!signal || !put(*signal)) return FALSE;
  const bool may_return = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
  if (!may_return) ::Sleep(INFINITE);  // the end of the process ends this thread
  return TRUE;
}

}  // namespace

void hold_signals_back() {
  Heard& heard = state();
  const std::lock_guard lock(heard.mutex);
  heard.held = true;
  ::SetConsoleCtrlHandler(&handle, TRUE);
}

void let_signals_come() {
  bool missed = false;
  {
    Heard& heard = state();
    const std::lock_guard lock(heard.mutex);
    heard.held = false;
    missed = !heard.pending.empty();
    heard.pending.clear();
  }
  if (missed) ::ExitProcess(STATUS_CONTROL_C_EXIT);
}

void raise_end(const char* name) {
  put({Signal::Meaning::end, SIGTERM, name});
}

class SignalWatch::Source {
 public:
  Source(io::asio::io_context& context, std::function<void(const Signal&)> heard) : heard_(std::move(heard)) {
    Heard& all = state();
    const std::lock_guard lock(all.mutex);
    all.context = &context;
    all.take = lifetime_.guard([this] { take(); });
    all.held = true;
    ::SetConsoleCtrlHandler(&handle, TRUE);
    if (!all.pending.empty()) io::asio::post(context, all.take);
  }
  /// What comes now is held back: the program is about to end.
  ~Source() {
    Heard& all = state();
    const std::lock_guard lock(all.mutex);
    all.context = nullptr;
    all.take = nullptr;
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 private:
  void take() {
    std::vector<Signal> signals;
    {
      Heard& all = state();
      const std::lock_guard lock(all.mutex);
      signals.swap(all.pending);
    }
    for (const Signal& signal : signals) heard_(signal);
  }

  std::function<void(const Signal&)> heard_;
  io::Lifetime lifetime_;
};

SignalWatch::SignalWatch(io::asio::io_context& context, HangUps, std::function<void(const Signal&)> heard)
    : source_(std::make_unique<Source>(context, std::move(heard))) {}

SignalWatch::~SignalWatch() = default;

}  // namespace serialtcp::cli
