// Judge: checks the values of options one by one, each by the row of its option, and keeps every mistake.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "cli/link_options.h"
#include "cli/option_table.h"

namespace serialtcp::cli {

/// `Put` takes a value over into a `Target`.
template <typename Put, typename Target>
class Judge {
 public:
  /// References outlive it.
  Judge(OptionTable table, const Given& given, Target& target)
      : table_(table), given_(given), target_(target) {}

  /// The flags first: one of them is the address family of names.
  void all_values() {
    for (const Option& option : table_) {
      if (option.is_flag()) values(option);
    }
    for (const Option& option : table_) {
      if (!option.is_flag()) values(option);
    }
  }

  void values(const Option& option) {
    const auto* const put = std::get_if<Put>(&option.put);
    const auto found = given_.find(option.name);
    if (put == nullptr || found == given_.end()) return;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      if (auto error = (*put)(target_, found->second[i]))
        mistakes_.push_back({&option, i, std::move(*error)});
    }
    const std::size_t count = found->second.size();
    require(
        option.most == 0 || count <= option.most, option.name,
        fmt::format("too many {1} ({0}): one end can have up to {2}", count, spelling(option), option.most),
        option.most);
    if (!option.excludes.empty()) {
      require(!given_.contains(option.excludes), option.name,
              fmt::format("{} and --{} exclude each other: without both, {}", spelling(option),
                          option.excludes, option.otherwise));
    }
  }

  /// `otherwise` is a sentence.
  void require(bool condition, std::string_view option, std::string_view otherwise, std::size_t index = 0) {
    if (condition) return;
    mistakes_.push_back(
        {find_option(option, table_), index, std::string(otherwise), Mistake::Form::sentence});
  }

  const Mistakes& mistakes() const { return mistakes_; }

 private:
  OptionTable table_;
  const Given& given_;
  Target& target_;
  Mistakes mistakes_;
};

}  // namespace serialtcp::cli
