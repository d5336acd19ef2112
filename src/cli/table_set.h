// TableSet: what the program runs for all tables of one kind, beside its links.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/table_options.h"
#include "control/status.h"

namespace serialtcp::cli {

/// What becomes of one that cannot start.
enum class OnStartFailure : std::uint8_t { retry, give_up };

class TableSet {
 public:
  virtual ~TableSet() = default;
  TableSet(const TableSet&) = delete;
  TableSet& operator=(const TableSet&) = delete;

  /// A configuration is in force from now on: those that it does not have end at once, also those that it has with other
  /// options. All are of this kind. Returns how many stay as they are.
  virtual std::size_t keep(const std::vector<std::shared_ptr<const TableOptions>>& wanted) = 0;
  /// Then starts the others, when links have released what they may need. One that cannot start is tried again and again,
  /// and one that waits for that at once. With give_up, returns instead why the first one does not start, a line of the
  /// log.
  virtual std::optional<std::string> start_wanted(OnStartFailure on_failure) = 0;
  /// One has ended by itself, for a reason that is a sentence. Without this, it is tried again as one that cannot start.
  virtual void when_ended(std::function<void(const std::string& why)> ended) = 0;
  virtual void stop() = 0;

  /// The log says which one a line is about, if there are several of whatever kind.
  virtual void set_labels(bool labels) = 0;

  /// Puts all of them there, or those that a user may mean. False if there are none.
  virtual bool add_status(const std::string& name, control::ProcessStatus& status) const = 0;

  /// Logs of their own, which others may have renamed, are opened again.
  virtual void reopen_logs() {}
  virtual bool has_logs() const { return false; }
  /// Look-ups that still block a thread in the C library.
  virtual std::size_t lookups_running() const { return 0; }

 protected:
  TableSet() = default;
};

}  // namespace serialtcp::cli
