// A LineSink that is a descriptor.
#pragma once

#include <cstdint>
#include <memory>

#include "os/line_sink.h"

namespace serialtcp::io {

enum class DescriptorOwner : std::uint8_t { caller, sink };

/// Writes only when poll(2) says that it does not block.
std::shared_ptr<LineSink> descriptor_sink(int fd, DescriptorOwner owner = DescriptorOwner::caller);

}  // namespace serialtcp::io
