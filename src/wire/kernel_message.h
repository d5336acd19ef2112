// Messages of a Linux kernel, which may appear anywhere in the text of a console.
#pragma once

#include <cstddef>
#include <string_view>

namespace serialtcp::wire {

/// Where "[   12.345678] ..." begins in this line, or npos.
std::size_t kernel_message(std::string_view line);

}  // namespace serialtcp::wire
