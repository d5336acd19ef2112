// TypedTableKind: a TableKind as its own files see it, with its own type of options.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/table_kind.h"

namespace serialtcp::cli {

template <typename Options>
class TypedTableKind : public TableKind {
 public:
  std::expected<std::shared_ptr<TableOptions>, Mistakes> judge(const Given& given) const final {
    auto judged = judge_options(given);
    if (!judged) return std::unexpected(std::move(judged.error()));
    return std::make_shared<Options>(std::move(*judged));
  }
  std::string device(const TableOptions& options) const final { return device_of(typed(options)); }
  std::vector<ConfigMistake> clashes(std::span<const Table> tables) const final {
    std::vector<ConfigMistake> found;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        compare({tables[i].placed, typed(*tables[i].options)}, {tables[j].placed, typed(*tables[j].options)},
                found);
      }
    }
    return found;
  }
  std::vector<StartProblem> start_problems(const TableOptions& options, const StartSite& site) const final {
    return start_problems_of(typed(options), site);
  }

 protected:
  struct One {
    const PlacedTable& placed;
    const Options& options;
  };

  virtual std::expected<Options, Mistakes> judge_options(const Given& given) const = 0;
  virtual std::string device_of(const Options& options) const = 0;
  /// Adds what both want, as mistakes of the later one.
  virtual void compare(const One& one, const One& earlier, std::vector<ConfigMistake>& found) const = 0;
  virtual std::vector<StartProblem> start_problems_of(const Options& options,
                                                      const StartSite& site) const = 0;

 private:
  static const Options& typed(const TableOptions& options) { return static_cast<const Options&>(options); }
};

}  // namespace serialtcp::cli
