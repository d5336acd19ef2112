// Messages of a Linux kernel, which may appear anywhere in the text of a console.
#pragma once

#include <cstddef>
#include <string_view>

#include "serialtcp/bytes.h"

namespace serialtcp::wire {

/// Where "[   12.345678] ..." begins in this line, or npos.
std::size_t kernel_message(std::string_view line);

/// A longer one is none.
inline constexpr std::size_t kMostOfKernelMessage = 1024;

/// Where a complete message begins in these bytes, from `from` on, and how long it is with its end of line. A length of 0: there
/// is none. `bytes` may be anything.
struct KernelMessage {
  std::size_t begin = 0;
  std::size_t length = 0;
};
KernelMessage find_kernel_message(ByteView bytes, std::size_t from = 0);

/// Puts into `rest` what is left without them. False if there are none.
bool without_kernel_messages(ByteView bytes, Bytes& rest);

}  // namespace serialtcp::wire
