// The time of day, for files that people read.
#pragma once

#include <string>

namespace serialtcp::io {

/// "2026-11-29 11:38:16.123", of the local time zone.
std::string wall_time_text();

}  // namespace serialtcp::io
