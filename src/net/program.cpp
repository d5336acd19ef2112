// A process for each connection.
#include "net/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/child_process.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// A program believes delivered what it has written, even if it was not read. The buffer therefore holds two
/// seconds of the line, at least a few pages and at most the system's default.
int send_buffer(std::uint64_t rate) {
  constexpr std::uint64_t kLeast = 8 * 1024;
  constexpr std::uint64_t kMost = 104 * 1024;  // the system doubles it
  return static_cast<int>(std::clamp(rate, kLeast / 2, kMost / 2) * 2);
}

}  // namespace

ProgramTarget::ProgramTarget(asio::io_context& context, std::string command, Observer& observer,
                             std::shared_ptr<base::FairShare> shared, std::shared_ptr<ProgramWatcher> watcher)
    : context_(context),
      command_(std::move(command)),
      observer_(observer),
      voice_(std::make_shared<Observer*>(&observer)),
      watcher_(std::move(watcher)),
      share_(std::move(shared), [this] { return processes_.size(); }) {}

ProgramTarget::~ProgramTarget() {
  *voice_ = nullptr;
  for (const auto& process : processes_) process->kill_now();
}

void ProgramTarget::stop() {
  for (const auto& process : processes_) process->cancel();
}

std::string ProgramTarget::name() const {
  return "exec:" + printable(command_);
}

/// It may live longer than this object, and then reports nothing.
std::shared_ptr<ChildProcess> ProgramTarget::make_process(std::uint64_t connection) {
  auto own = std::make_shared<std::weak_ptr<ChildProcess>>();
  ChildProcess::Reports reports;
  reports.said = [voice = voice_, connection](std::string_view line) {
    if (*voice != nullptr) (*voice)->program_said(connection, line);
  };
  reports.ended = [this, voice = voice_, connection, own](int status) {
    if (*voice == nullptr) return;
    (*voice)->connection(connection, "the program " + exit_text(status));
    processes_.erase(own->lock());
  };
  auto process = make_child_process(context_, watcher_, std::move(reports), ChildProcess::LeftBehind::stay);
  *own = process;
  return process;
}

std::shared_ptr<Attempt> ProgramTarget::reach(std::uint64_t connection, Done done) {
  auto process = make_process(connection);
  std::expected<StreamSocket, ResetReason> result = std::unexpected(ResetReason::refused);
  if (processes_.size() >= kMaxProcesses) {
    observer_.connection(connection, fmt::format("the limit of {} processes is reached", kMaxProcesses));
  } else if (!share_.may_add()) {
    observer_.connection(
        connection,
        fmt::format("the limit of {} processes of all services, or the share of this one, is reached",
                    kMaxPrograms));
  } else if (auto started = process->start(command_, send_buffer(rate_)); started) {
    processes_.insert(process);
    result = std::move(*started);
  } else {
    observer_.connection(connection,
                         fmt::format("could not start {}: {}", name(), plain_text(started.error())));
    result = std::unexpected(connect_reason(started.error()));
  }
  asio::post(context_, [process, result = std::move(result), done = std::move(done)]() mutable {
    done(std::move(result));
  });
  return process;
}

}  // namespace serialtcp::io
