// What a line of the log looks like, apart from its time. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/log_event.h"
#include "cli/log_style.h"
#include "os/wall_time.h"

namespace serialtcp::cli {

/// How messages begin that warn of something.
inline constexpr std::string_view kWarningMark = "WARNING: ";

/// The original program's line about an echo and about equal roles. Messages about these begin with it.
inline constexpr std::string_view kOriginalEcho =
    "WARNING: Misconfiguration or echo detected. One side should use --client, the other should use "
    "--server.";
/// The original program's line when it has found its peer.
inline constexpr std::string_view kOriginalLinkOk = "serial link ok";

struct LogEntry {
  LogLevel level = LogLevel::info;
  LogEvent event = LogEvent::program;
  std::string_view link = {};   ///< the name of the link; empty: it is about the program
  std::string_view label = {};  ///< in front of the sentence: where there are several links, as `link`
  std::string_view text;
};

/// A line, with its end and, in most formats, its time in the time zone of this machine. `body` is line_body().
std::string whole_line(LogFormat format, const io::WallTime& time, std::string_view body);
/// The bytes of a line beside its body.
std::size_t frame_size(LogFormat format);

/// What a terminal might take for more than text is replaced or escaped. Of a long text, only the beginning is there:
/// the whole has at most Log::kMaxLine bytes and some for colours and names.
std::string line_body(LogFormat format, Colours colours, const LogEntry& entry, std::size_t most_text);

}  // namespace serialtcp::cli
