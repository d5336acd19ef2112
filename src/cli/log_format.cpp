#include "cli/log_format.h"

#include <fmt/format.h>

#include "os/json_text.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

/// Of syslog(3), as sd-daemon(3) has them in front of a line.
int priority(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return 3;
    case LogLevel::warning:
      return 4;
    case LogLevel::info:
      return 6;
    case LogLevel::debug:
    case LogLevel::trace:
      return 7;
  }
  return 6;
}

/// ECMA-48, "select graphic rendition".
std::string_view colour(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "\x1b[31m";
    case LogLevel::warning:
      return "\x1b[33m";
    case LogLevel::info:
      return "";
    case LogLevel::debug:
    case LogLevel::trace:
      return "\x1b[2m";
  }
  return "";
}

constexpr std::string_view kPlain = "\x1b[0m";

/// Bytes of the name of a link, with its quotes.
constexpr std::size_t kMostName = 200;

std::string sentence(const LogEntry& entry, std::size_t most_text) {
  const std::string text = entry.label.empty() ? std::string(entry.text.substr(0, most_text))
                                               : fmt::format("{}: {}", entry.label, entry.text);
  return io::printable(std::string_view(text).substr(0, most_text));
}

/// The original's words, where it had any for this.
std::string_view original_words(const LogEntry& entry) {
  if (entry.event == LogEvent::link_up) return kOriginalLinkOk;
  return entry.text.starts_with(kOriginalEcho) ? kOriginalEcho : entry.text;
}

/// The level says whether it warns.
std::string_view without_mark(std::string_view text) {
  if (text.starts_with(kWarningMark)) text.remove_prefix(kWarningMark.size());
  return text;
}

}  // namespace

std::string_view line_pattern(LogFormat format) {
  switch (format) {
    case LogFormat::text:
    case LogFormat::original:
      return "%Y-%m-%d %H:%M:%S,%e %v";
    case LogFormat::journal:
      return "%v";
    case LogFormat::json:
      return R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z",%v})";
  }
  return "%v";
}

std::size_t pattern_size(LogFormat format) {
  switch (format) {
    case LogFormat::text:
    case LogFormat::original:
      return sizeof("2026-11-28 20:35:00,000 ");
    case LogFormat::journal:
      return sizeof("");
    case LogFormat::json:
      return sizeof(R"({"time":"2026-11-28T20:35:00.000+00:00",})");
  }
  return 0;
}

std::string line_body(LogFormat format, Colours colours, const LogEntry& entry, std::size_t most_text) {
  if (format == LogFormat::json) {
    const std::string link = entry.link.empty() ? "null" : io::json_string(entry.link, kMostName);
    return fmt::format(R"("level":"{}","event":"{}","link":{},"message":{})", level_name(entry.level),
                       info_of(entry.event).name, link, io::json_string(without_mark(entry.text), most_text));
  }
  LogEntry said = entry;
  if (format == LogFormat::original) said.text = original_words(entry);
  const std::string text = sentence(said, most_text);
  if (format == LogFormat::journal) return fmt::format("<{}>{}", priority(entry.level), text);
  const std::string_view begin = colours == Colours::yes ? colour(entry.level) : "";
  return begin.empty() ? text : fmt::format("{}{}{}", begin, text, kPlain);
}

}  // namespace serialtcp::cli
