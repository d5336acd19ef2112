// TableOptions: what is common to the options of tables of the configuration file, of whatever kind, and how a row of an option
// table takes a value over into those of its own kind.
#pragma once

#include <optional>
#include <string>

namespace serialtcp::cli {

class TableKind;
using TableKindOf = const TableKind& (*)();

/// The options of a table, judged. Each kind has a type of its own, which derives from this.
struct TableOptions {
  std::string name = {};  ///< in the log, where there are several

  bool operator==(const TableOptions&) const = default;
};

template <typename Options>
Options options_taken_by(std::optional<std::string> (*put)(Options& options, const std::string& text));

/// A PutInTable of `kPut`, which takes a value over into options of its own type.
template <auto kPut>
std::optional<std::string> in_table(TableOptions& options, const std::string& text) {
  return kPut(static_cast<decltype(options_taken_by(kPut))&>(options), text);
}

}  // namespace serialtcp::cli
