#include "doctor/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "os/json_text.h"
#include "os/text.h"

namespace serialtcp::doctor {

namespace {

std::string_view word_for(Result result) {
  switch (result) {
    case Result::fine:
      return "fine";
    case Result::faults:
      return "faults";
    case Result::not_tested:
      break;
  }
  return "not tested";
}

std::string string_or_null(std::string_view text) {
  return text.empty() ? "null" : io::json_string(text);
}

std::string finding_json(const Finding& finding) {
  return fmt::format(
      R"({{"about":{},"fault":{},"text":{},"value":{},"to_do":{}}})", io::json_string(finding.about),
      finding.kind == Finding::Kind::fault, io::json_string(finding.text),
      finding.value ? fmt::format("{}", *finding.value) : "null", string_or_null(finding.advice));
}

std::uint64_t faults_in(const Findings& findings) {
  return static_cast<std::uint64_t>(std::ranges::count(findings, Finding::Kind::fault, &Finding::kind));
}

}  // namespace

Finding fact(std::string_view about, std::string text, std::string advice, std::optional<double> value) {
  return {Finding::Kind::fact, std::string(about), std::move(text), std::move(advice), value};
}

Finding fault(std::string_view about, std::string text, std::string advice, std::optional<double> value) {
  return {Finding::Kind::fault, std::string(about), std::move(text), std::move(advice), value};
}

Result result_of(const Findings& findings) {
  return faults_in(findings) == 0 ? Result::fine : Result::faults;
}

std::string text_of(const Finding& finding) {
  const bool is_fault = finding.kind == Finding::Kind::fault;
  std::string text = fmt::format("{:<12}{}{}\n", io::printable(finding.about), is_fault ? "FAULT: " : "",
                                 io::printable(finding.text));
  if (!finding.advice.empty())
    text += fmt::format("{:>10}  {}\n", is_fault ? "to do:" : "hint:", io::printable(finding.advice));
  return text;
}

std::string closing_line(const Findings& findings) {
  const std::uint64_t faults = faults_in(findings);
  return fmt::format("{:<12}{}\n", "result", faults == 0 ? "fine" : io::counted(faults, "fault"));
}

std::string json_of(std::string_view port, const Findings& findings, std::string_view problem) {
  const Result result = problem.empty() ? result_of(findings) : Result::not_tested;
  std::string text = fmt::format(R"({{"port":{},"result":"{}","problem":{},"findings":[)",
                                 io::json_string(port), word_for(result), string_or_null(problem));
  for (const Finding& finding : findings) {
    if (!text.ends_with('[')) text += ',';
    text += finding_json(finding);
  }
  return text + "]}\n";
}

}  // namespace serialtcp::doctor
