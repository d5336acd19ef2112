// TableSets: what the program runs beside its links, of all kinds of tables, each in a TableSet.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_file.h"
#include "cli/log.h"
#include "cli/table_kind.h"
#include "cli/table_set.h"
#include "control/status.h"
#include "os/asio.h"

namespace serialtcp::cli {

class TableSets {
 public:
  /// Both outlive the sets.
  TableSets(io::asio::io_context& context, Log& log);

  /// As TableSet has them, for all: `told` is told how many of a kind that the configuration has are unchanged.
  using Told = std::function<void(std::size_t unchanged, std::size_t wanted, std::string_view noun)>;
  void keep(const Configuration& config, const Told& told = nullptr);
  /// The kinds one after the other. With give_up, returns why the first one does not start.
  std::optional<std::string> start_wanted(OnStartFailure on_failure);
  void when_ended(const std::function<void(const std::string& why)>& ended);
  void stop();
  void set_labels(bool labels);

  /// False if there is none that a user may mean.
  bool add_status(const std::string& name, control::ProcessStatus& status) const;
  std::vector<StatusLines> status_lines() const;

  void reopen_logs();
  bool has_logs() const;
  std::size_t lookups_running() const;

 private:
  struct Entry {
    const TableKind* kind;
    std::unique_ptr<TableSet> set;
  };

  std::vector<Entry> entries_;
};

}  // namespace serialtcp::cli
