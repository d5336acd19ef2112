// Finding: one thing that `serialtcp test` has found out, and what to do about it. As lines for a person, and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::doctor {

struct Finding {
  enum class Kind : std::uint8_t {
    fact,
    fault,  ///< something to be put right
  } kind = Kind::fact;
  std::string about;  ///< "latency": short words
  std::string text;   ///< what is so
  /// What to do, a sentence without its full stop; of a fact, what can be done. Empty: nothing.
  std::string advice = {};
  std::optional<double> value = {};  ///< the figure in the text, if one is the point of it

  bool operator==(const Finding&) const = default;
};

Finding fact(std::string_view about, std::string text, std::string advice = {},
             std::optional<double> value = {});
Finding fault(std::string_view about, std::string text, std::string advice, std::optional<double> value = {});

using Findings = std::vector<Finding>;

/// How a test has ended.
enum class Result : std::uint8_t { fine, faults, not_tested };

Result result_of(const Findings& findings);

/// A line, and a second one with what to do, if there is something. Of text from elsewhere, only what is printable.
std::string text_of(const Finding& finding);
/// The last line: "fine", or how many faults there are.
std::string closing_line(const Findings& findings);

/// One line of JSON. `problem`: why it could not be tested; empty if it was.
std::string json_of(std::string_view port, const Findings& findings, std::string_view problem);

}  // namespace serialtcp::doctor
