// The status of a process as text for people.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "control/status.h"

namespace serialtcp::cli {

inline constexpr std::size_t kTableWidth = 80;

/// Columns of the terminal that standard output is, at least kTableWidth; else this.
std::size_t terminal_width();

/// Lines of up to `width` characters.
std::string status_table(const control::ProcessStatus& status, std::size_t width);

/// The first line of what is no link, and the last one, if it has a trouble.
std::string standing_line(const std::string& name, const std::string& state,
                          const std::optional<double>& retry_seconds);
void add_trouble(std::vector<std::string>& lines, const std::string& trouble);

/// One link without its connections, in a few lines without ends, for the log.
std::vector<std::string> link_lines(const control::LinkStatus& link);

}  // namespace serialtcp::cli
