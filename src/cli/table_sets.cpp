#include "cli/table_sets.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace serialtcp::cli {

TableSets::TableSets(io::asio::io_context& context, Log& log) {
  for (const TableKindOf kind : table_kinds()) {
    if (auto set = kind().make_set(context, log)) entries_.push_back({&kind(), std::move(set)});
  }
}

void TableSets::keep(const Configuration& config, const Told& told) {
  for (const Entry& entry : entries_) {
    std::vector<std::shared_ptr<const TableOptions>> wanted;
    for (const Table& table : config.tables) {
      if (table.placed.kind == entry.kind) wanted.push_back(table.options);
    }
    const std::size_t unchanged = entry.set->keep(wanted);
    if (told && !wanted.empty()) told(unchanged, wanted.size(), entry.kind->words().noun);
  }
}

std::optional<std::string> TableSets::start_wanted(OnStartFailure on_failure) {
  for (const Entry& entry : entries_) {
    if (auto problem = entry.set->start_wanted(on_failure)) return problem;
  }
  return std::nullopt;
}

void TableSets::when_ended(const std::function<void(const std::string& why)>& ended) {
  for (const Entry& entry : entries_) entry.set->when_ended(ended);
}

void TableSets::stop() {
  for (const Entry& entry : entries_) entry.set->stop();
}

void TableSets::set_labels(bool labels) {
  for (const Entry& entry : entries_) entry.set->set_labels(labels);
}

bool TableSets::add_status(const std::string& name, control::ProcessStatus& status) const {
  bool any = false;
  for (const Entry& entry : entries_) any = entry.set->add_status(name, status) || any;
  return any;
}

std::vector<StatusLines> TableSets::status_lines() const {
  control::ProcessStatus status;
  add_status("", status);
  std::vector<StatusLines> all;
  for (const Entry& entry : entries_)
    std::ranges::move(entry.kind->status_lines(status), std::back_inserter(all));
  return all;
}

void TableSets::reopen_logs() {
  for (const Entry& entry : entries_) entry.set->reopen_logs();
}

bool TableSets::has_logs() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return entry.set->has_logs(); });
}

std::size_t TableSets::lookups_running() const {
  std::size_t running = 0;
  for (const Entry& entry : entries_) running += entry.set->lookups_running();
  return running;
}

}  // namespace serialtcp::cli
