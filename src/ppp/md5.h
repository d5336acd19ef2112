// MD5 (RFC 1321), which CHAP needs (RFC 1994). It is no good for anything else: neither libsodium nor the other
// libraries of the core offer it, for this reason, and this room is part of the core.
#pragma once

#include <array>
#include <cstddef>

#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

using Md5Digest = std::array<Byte, 16>;

Md5Digest md5(ByteView message);

}  // namespace serialtcp::ppp
