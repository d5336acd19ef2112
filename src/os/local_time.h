// The time of day, for people: in files that they read later. Everything else uses now() (os/clock.h).
#pragma once

#include <string>

namespace serialtcp::io {

/// "2026-11-29 11:30:00.123", in the time zone of this machine.
std::string local_time_text();

/// "20261129-113000", for names of files.
std::string local_time_for_name();

}  // namespace serialtcp::io
