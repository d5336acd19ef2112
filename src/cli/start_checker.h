// What is looked at before any kind of thing starts: its device, the places where it listens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/start_check.h"
#include "service/front_end_place.h"

namespace serialtcp::cli {

/// One class for each kind of thing derives from it.
class StartChecker {
 protected:
  using Weight = StartProblem::Weight;

  explicit StartChecker(const StartSite& site) : site_(site) {}

  std::vector<StartProblem> take() { return std::move(problems_); }
  void add(Weight weight, std::string_view option, std::string text, std::size_t index = 0) {
    problems_.push_back({.weight = weight, .option = option, .index = index, .text = std::move(text)});
  }

  enum class IfMissing : std::uint8_t { fails, waits };
  void check_device(const std::string& device, IfMissing if_missing);
  void check_place(std::string_view option, std::size_t index, const io::ListenPlace& place);

 private:
  const StartSite& site_;
  std::vector<StartProblem> problems_;
};

}  // namespace serialtcp::cli
