// What a row of the option table does with its value: parses it, and puts it into a member of the options.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "cli/option_table.h"
#include "cli/option_values.h"

namespace serialtcp::cli::puts {

using Error = std::optional<std::string>;

template <auto kMember>
Error link_text(LinkOptions& link, const std::string& text) {
  link.*kMember = text;
  return std::nullopt;
}

template <auto kMember, auto kParse>
Error link_value(LinkOptions& link, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  link.*kMember = std::move(*value);
  return std::nullopt;
}

/// For services and forwards, whose names are looked up in the address family of the link.
template <auto kMember, auto kParse>
Error link_place(LinkOptions& link, const std::string& text) {
  auto value = kParse(text, link.family);
  (link.*kMember).emplace_back();  // also for one that is wrong: places are counted
  if (!value) return std::move(value.error());
  (link.*kMember).back() = std::move(*value);
  return std::nullopt;
}

template <auto kMember, io::AllowedTo kTo>
Error link_pattern(LinkOptions& link, const std::string& text) {
  auto value = io::parse_allow_pattern(text, kTo);
  if (!value) return std::move(value.error());
  (link.*kMember).push_back(std::move(*value));
  return std::nullopt;
}

template <auto kMember, auto kValue>
Error link_flag(LinkOptions& link, const std::string&) {
  link.*kMember = kValue;
  return std::nullopt;
}

template <auto kMember, auto kParse>
Error serial_value(LinkOptions& link, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  link.serial.*kMember = std::move(*value);
  return std::nullopt;
}

template <auto kMember, auto kValue>
Error serial_flag(LinkOptions& link, const std::string&) {
  link.serial.*kMember = kValue;
  return std::nullopt;
}

template <auto kMember>
Error file_of_run(RunOptions& run, const std::string& text) {
  auto name = parse_file_name(text);
  if (!name) return std::move(name.error());
  run.*kMember = std::move(*name);
  return std::nullopt;
}

inline Error ready(RunOptions& run, const std::string& text) {
  const auto value = parse_ready(text);
  if (!value) return value.error();
  run.ready = *value;
  return std::nullopt;
}

inline Error file_to_check(RunOptions& run, const std::string& text) {
  run.config = RunOptions::Config::check;
  return file_of_run<&RunOptions::config_file>(run, text);
}

/// More is added to what is there already; less and more are a contradiction.
template <Verbosity kVerbosity>
Error verbosity(RunOptions& run, const std::string&) {
  Verbosity& now = run.log_style.verbosity;
  const bool other =
      now != Verbosity::normal && (now == Verbosity::quiet) != (kVerbosity == Verbosity::quiet);
  if (other)
    return "less of the log and more of it cannot be had at once: choose --quiet, --verbose or --debug";
  now = std::max(now, kVerbosity);
  if (kVerbosity == Verbosity::quiet) now = kVerbosity;
  return std::nullopt;
}

inline Error log_format(RunOptions& run, const std::string& text) {
  auto format = parse_log_format(text);
  if (!format) return std::move(format.error());
  run.log_style.format = *format;
  return std::nullopt;
}

}  // namespace serialtcp::cli::puts
