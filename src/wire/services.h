// The names in SERVICES chunks: docs/protocol.md, "Services". Many names are divided into parts, each of
// which can be read alone.
//
//   names     ( W D L:6  name )*    W: wanted, else offered; D: datagrams; L: length of the name, 0 for the default
//                                   service
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "wire/chunk.h"

namespace serialtcp::wire {

/// An upper bound: kMaxServices names of the maximum length need fewer.
inline constexpr std::size_t kMaxServicesParts = 16;

/// The names of each part; empty if there are no services.
std::vector<Bytes> write_services(const ServiceNames& services);

/// The names of one part; empty if they are malformed.
std::optional<ServiceNames> read_services(ByteView names);

}  // namespace serialtcp::wire
