// Distinct types for the numbers that are passed between functions, so that one cannot be mistaken for
// another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace serialtcp {

/// Identifies one stream of one Endpoint for the life of the Endpoint. `serial` is never used twice, so that
/// an id is not valid any more after its stream has ended; every operation reports that.
struct StreamId {
  std::uint64_t serial = 0;
  auto operator<=>(const StreamId&) const = default;
};

/// The number of a service: 0 is the default service, or one that is identified by its name; service.h has
/// the others.
struct ServiceId {
  std::uint16_t value = 0;
  auto operator<=>(const ServiceId&) const = default;
};

/// Identifies one end of a link: 64 bits, drawn again at each start and after each loss of the link; eight
/// letters and digits (docs/protocol.md, "At a terminal"). 0 means "not known".
struct SessionId {
  std::uint64_t value = 0;
  auto operator<=>(const SessionId&) const = default;
};

}  // namespace serialtcp

template <>
struct std::hash<serialtcp::StreamId> {
  std::size_t operator()(const serialtcp::StreamId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.serial);
  }
};
