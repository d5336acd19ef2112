// What the system calls an open socket or pipe: a descriptor, or on Windows a handle.
#pragma once

#include <cstdint>
#include <type_traits>

#include "os/asio.h"

namespace serialtcp::io {

/// An int, or what has room for a pointer.
using NativeHandle =
    std::conditional_t<std::is_integral_v<asio::ip::tcp::socket::native_handle_type>, int, std::uintptr_t>;
inline constexpr NativeHandle kNoHandle = static_cast<NativeHandle>(-1);

}  // namespace serialtcp::io
