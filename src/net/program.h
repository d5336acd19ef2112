// ProgramTarget: a service that is a command. Each connection has a new process, whose standard input and
// output are one socket, and whose standard error goes to the log. Owns the processes: none is left behind.
// Does not know streams.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/fair_share.h"
#include "net/back_end.h"
#include "net/process_shares.h"
#include "net/program_watcher.h"
#include "os/asio.h"
#include "os/observer.h"

namespace serialtcp::io {

class ChildProcess;

class ProgramTarget final : public BackEnd {
 public:
  /// Processes of one service at the same time. More than a cable has uses for; further requests of a peer
  /// are refused.
  static constexpr std::size_t kMaxProcesses = 64;

  /// `command` is for /bin/sh -c. Both references must outlive this object. `shared` is for the processes of
  /// all services, `watcher` is the common one.
  ProgramTarget(asio::io_context& context, std::string command, Observer& observer,
                std::shared_ptr<base::FairShare> shared = ProcessShares().programs,
                std::shared_ptr<ProgramWatcher> watcher = std::make_shared<ProgramWatcher>());
  /// Kills the remaining processes. If a process has exited and another one still holds its standard error,
  /// that is not logged any more.
  ~ProgramTarget() override;
  ProgramTarget(const ProgramTarget&) = delete;
  ProgramTarget& operator=(const ProgramTarget&) = delete;

  std::shared_ptr<Attempt> reach(std::uint64_t connection, Done done) override;
  void expect(std::uint64_t rate) override { rate_ = rate; }
  std::string name() const override;
  Gone when_gone() const override { return Gone::is_end; }
  void stop() override;
  bool busy() const override { return !processes_.empty(); }

  std::size_t running() const { return processes_.size(); }

 private:
  std::shared_ptr<ChildProcess> make_process(std::uint64_t connection);

  friend class ChildProcess;

  asio::io_context& context_;
  std::string command_;
  Observer& observer_;
  std::shared_ptr<Observer*> voice_;  ///< shared with the processes, which may live longer
  std::unordered_set<std::shared_ptr<ChildProcess>> processes_;
  std::shared_ptr<ProgramWatcher> watcher_;
  base::FairShare::Member share_;
  std::uint64_t rate_ = UINT64_MAX;  ///< bytes per second that the next process may expect of the line
};

}  // namespace serialtcp::io
