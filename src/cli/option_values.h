// The values of options, from text. Errors complete "argument X: ...". Opens nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "cli/log_style.h"
#include "cli/options.h"
#include "driver/line_speed.h"
#include "port/serial_settings.h"
#include "serialtcp/config.h"
#include "serialtcp/time.h"
#include "service/stream_requests.h"

namespace serialtcp::cli {

/// More than 0.
std::expected<Duration, std::string> parse_seconds(const std::string& text);
/// 0 as well.
std::expected<Duration, std::string> parse_drain(const std::string& text);
/// 0 and "never" as well.
std::expected<Duration, std::string> parse_hold(const std::string& text);

std::expected<std::uint32_t, std::string> parse_baud(const std::string& text);
/// A speed, or "off".
std::expected<io::Climbing, std::string> parse_climb(const std::string& text);
std::expected<io::Parity, std::string> parse_parity(const std::string& text);
std::expected<io::StopBits, std::string> parse_stop_bits(const std::string& text);
std::expected<io::Pin, std::string> parse_pin(const std::string& text);
std::expected<Protocol, std::string> parse_protocol(const std::string& text);
/// XON and XOFF, also with the eighth bit.
std::bitset<256> flow_control_values();
/// "auto", "8bit", "7bit", "escape" or "escape=11,13": values in hexadecimal.
std::expected<CleanLine, std::string> parse_clean(const std::string& text);
std::expected<LogFormat, std::string> parse_log_format(const std::string& text);
std::expected<std::string, std::string> parse_link_name(const std::string& text);
std::expected<RunOptions::Ready, std::string> parse_ready(const std::string& text);
/// "192.168.0.1:22", or the name of a service of the other end, which may be empty.
std::expected<io::StreamRequests::Wanted, std::string> parse_stream_wanted(const std::string& text);
/// A program at the other end; there is nothing to be said about it yet.
std::expected<io::StreamRequests::Wanted, std::string> parse_session(const std::string& text);
std::expected<std::string, std::string> parse_file_name(const std::string& text);
/// Bytes of a file that is replaced then: a number, with k or M behind it for 1024 or 1024^2; at least 4k.
std::expected<std::uint64_t, std::string> parse_log_size(const std::string& text);
/// How many of its older files are kept.
std::expected<std::size_t, std::string> parse_log_count(const std::string& text);
std::expected<std::string, std::string> parse_key_file_name(const std::string& text);

}  // namespace serialtcp::cli
