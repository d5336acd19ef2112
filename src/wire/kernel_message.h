// Messages of a Linux kernel, which may appear anywhere in the text of a console.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

/// Where "[   12.345678] ..." begins in this line, or npos.
std::size_t kernel_message(std::string_view line);

/// What remains of a frame when all that looks like a message, up to the end of its line, is left out; none if nothing does.
/// A frame may carry such text itself: so this is tried only on what is no frame as it is.
std::optional<Bytes> without_kernel_messages(ByteView body);

}  // namespace serialtcp::wire
