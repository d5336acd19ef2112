#include "cli/log_format.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

#include "os/calendar.h"
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

std::string whole_line(LogFormat format, const io::WallTime& time, std::string_view body) {
  if (format == LogFormat::journal) return fmt::format("{}\n", body);
  const auto [parts, ahead] = io::local_parts(time.seconds);
  const std::string day =
      fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
  const std::string hour = fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
  if (format != LogFormat::json) return fmt::format("{} {},{:03} {}\n", day, hour, time.milliseconds, body);
  const long minutes = std::labs(static_cast<long>(ahead.count())) / 60;
  return fmt::format(R"({{"time":"{}T{}.{:03}{}{:02}:{:02}",{}}})"
                     "\n",
                     day, hour, time.milliseconds, ahead.count() < 0 ? '-' : '+', minutes / 60, minutes % 60,
                     body);
}

std::size_t frame_size(LogFormat format) {
  return whole_line(format, {}, "").size();
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
