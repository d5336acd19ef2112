// Numbers and bytes as people read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// "0 B", "999 B", "1.2 kB", "34 MB".
std::string format_size(std::uint64_t bytes);

/// Text from elsewhere, fit for one line of a terminal or a log: UTF-8 stays, and '?' stands for each control
/// character (C0, DEL, C1, line separators, marks that change the direction) and each byte that is not UTF-8.
std::string printable(std::string_view text);

/// "'web' " in front of what is told of a connection of this service; nothing for the default one.
std::string service_label(const std::string& service);

/// A number of seconds, as in "2.5"; nothing for other text, for what is negative, and for more than `most`.
std::optional<Duration> seconds_from_text(std::string_view text, std::chrono::seconds most);

}  // namespace serialtcp::io
