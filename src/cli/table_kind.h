// TableKind: a kind of table of the configuration file ([[link]], [[share]] ...): which keys it has, what their values mean,
// what is checked before a start, and what the program runs for its tables. All of a kind stands in files of its own,
// NAME_table.cpp and what belongs to it; the kinds of a program are a list in its edition (cli/edition.h). Nothing else names
// them.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_file.h"
#include "cli/config_syntax.h"
#include "cli/link_options.h"
#include "cli/option_table.h"
#include "cli/start_check.h"
#include "cli/table_options.h"
#include "cli/table_set.h"
#include "control/status.h"

namespace serialtcp::cli {

class Log;

/// How messages call it.
struct TableWords {
  std::string_view name;      ///< between its brackets
  std::string_view noun;      ///< what a table is about: with "a" before it one, with an "s" several
  std::string_view unknown;   ///< of a key: completes "unknown key ..."
  std::string_view each;      ///< completes "write [[link]] above the keys of each ..."
  std::string_view expected;  ///< completes "a [[link]] table is expected for each ..."
};

/// One of them in a status, as text: lines of the first of which it is the name.
struct StatusLines {
  std::string name;
  std::vector<std::string> lines;
};

class TableKind {
 public:
  virtual ~TableKind() = default;

  virtual const TableWords& words() const = 0;

  /// Of an option table: the keys are those of its rows that have one. Empty where this program has no such thing: what stands
  /// in its tables is not looked at then, and judge() says so.
  virtual OptionTable rows() const = 0;

  /// What a table means. Without a name, it is called as its device.
  virtual std::expected<std::shared_ptr<TableOptions>, Mistakes> judge(const Given& given) const = 0;
  /// The port, as written.
  virtual std::string device(const TableOptions& options) const = 0;
  /// Mistakes of tables that want the same as earlier ones of this kind: addresses, interfaces. Names and devices, which no two
  /// tables of any kind share, are looked at elsewhere.
  virtual std::vector<ConfigMistake> clashes(std::span<const Table> tables) const = 0;
  /// What a start needs of its surroundings, as start_problems() has it for links.
  virtual std::vector<StartProblem> start_problems(const TableOptions& options,
                                                   const StartSite& site) const = 0;
  /// A good table becomes part of the configuration.
  virtual void take_over(Table table, Configuration& config) const {
    config.tables.push_back(std::move(table));
  }

  /// What runs them; null: nothing beside the links does. Both outlive it.
  virtual std::unique_ptr<TableSet> make_set(io::asio::io_context& context, Log& log) const = 0;
  /// What a status has of them, as text for people.
  virtual std::vector<StatusLines> status_lines(const control::ProcessStatus& status) const = 0;

 protected:
  TableKind() = default;
  TableKind(const TableKind&) = default;
  TableKind& operator=(const TableKind&) = default;
};

/// Those of this program; none, if it has no configuration files. In the order in which their things are started, and told.
std::span<const TableKindOf> table_kinds();

}  // namespace serialtcp::cli
