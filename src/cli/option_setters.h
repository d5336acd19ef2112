// How a row of the option table takes one value over: into the options of a link, its serial port, or the program.
// Each is a function that fits PutInLink or PutInRun.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "cli/option_values.h"
#include "cli/options.h"
#include "service/allow_list.h"

namespace serialtcp::cli {

/// Completes "argument X: ..."; none if the value was taken.
using PutError = std::optional<std::string>;

template <auto kMember>
PutError link_text(LinkOptions& link, const std::string& text) {
  link.*kMember = text;
  return std::nullopt;
}

template <auto kMember, auto kParse>
PutError link_value(LinkOptions& link, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  link.*kMember = std::move(*value);
  return std::nullopt;
}

/// For services and forwards, whose names are looked up in the address family of the link.
template <auto kMember, auto kParse>
PutError link_place(LinkOptions& link, const std::string& text) {
  auto value = kParse(text, link.family);
  (link.*kMember).emplace_back();  // also for one that is wrong: places are counted
  if (!value) return std::move(value.error());
  (link.*kMember).back() = std::move(*value);
  return std::nullopt;
}

template <auto kMember, io::AllowedTo kTo>
PutError link_pattern(LinkOptions& link, const std::string& text) {
  auto value = io::parse_allow_pattern(text, kTo);
  if (!value) return std::move(value.error());
  (link.*kMember).push_back(std::move(*value));
  return std::nullopt;
}

template <auto kMember, auto kValue>
PutError link_flag(LinkOptions& link, const std::string&) {
  link.*kMember = kValue;
  return std::nullopt;
}

template <auto kMember, auto kParse>
PutError serial_value(LinkOptions& link, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  link.serial.*kMember = std::move(*value);
  return std::nullopt;
}

template <auto kMember, auto kValue>
PutError serial_flag(LinkOptions& link, const std::string&) {
  link.serial.*kMember = kValue;
  return std::nullopt;
}

template <auto kMember>
PutError file_of_run(RunOptions& run, const std::string& text) {
  auto name = parse_file_name(text);
  if (!name) return std::move(name.error());
  run.*kMember = std::move(*name);
  return std::nullopt;
}

template <auto kMember, auto kParse>
PutError run_value(RunOptions& run, const std::string& text) {
  const auto value = kParse(text);
  if (!value) return value.error();
  run.*kMember = *value;
  return std::nullopt;
}

template <auto kMember, auto kValue>
PutError run_flag(RunOptions& run, const std::string&) {
  run.*kMember = kValue;
  return std::nullopt;
}

inline PutError file_to_check(RunOptions& run, const std::string& text) {
  run.config = RunOptions::Config::check;
  return file_of_run<&RunOptions::config_file>(run, text);
}

/// More is added to what is there already; less and more are a contradiction.
template <Verbosity kVerbosity>
PutError verbosity(RunOptions& run, const std::string&) {
  Verbosity& now = run.log_style.verbosity;
  const bool other =
      now != Verbosity::normal && (now == Verbosity::quiet) != (kVerbosity == Verbosity::quiet);
  if (other)
    return "less of the log and more of it cannot be had at once: choose --quiet, --verbose or --debug";
  now = std::max(now, kVerbosity);
  if (kVerbosity == Verbosity::quiet) now = kVerbosity;
  return std::nullopt;
}

inline PutError log_format(RunOptions& run, const std::string& text) {
  auto format = parse_log_format(text);
  if (!format) return std::move(format.error());
  run.log_style.format = *format;
  return std::nullopt;
}

}  // namespace serialtcp::cli
