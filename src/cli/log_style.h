// How the log looks, and how much of it there is. The command line and the configuration file choose; what they leave
// open depends on where the log goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace serialtcp::cli {

enum class Verbosity : std::uint8_t {
  quiet,    ///< only what is wrong
  normal,   ///< what happens
  verbose,  ///< also figures
  debug,    ///< also what the line delivers
};

enum class LogFormat : std::uint8_t {
  text,      ///< a time and a sentence
  json,      ///< an object
  journal,   ///< a priority and a sentence: sd-daemon(3)
  original,  ///< as text, with the words of the original program where it had any
};

struct LogStyle {
  std::optional<LogFormat> format = {};  ///< empty: what suits the place
  Verbosity verbosity = Verbosity::normal;

  bool operator==(const LogStyle&) const = default;
};

enum class Colours : std::uint8_t { no, yes };

/// Whether systemd's journal reads standard error: JOURNAL_STREAM names it (systemd.exec(5)).
bool journal_reads_standard_error();

}  // namespace serialtcp::cli
