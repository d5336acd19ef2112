// Strong types for the numbers that cross functions, so that one cannot be passed for another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace serialtcp {

/// Names one stream of one Endpoint for as long as the Endpoint lives. `serial` is never used twice,
/// so an id kept after its stream has ended names nothing, and every verb on it says so.
struct StreamId {
  std::uint64_t serial = 0;
  auto operator<=>(const StreamId&) const = default;
};

/// The number of a service: 0 is the default service, or one that is called by its name; service.h has the
/// others.
struct ServiceId {
  std::uint16_t value = 0;
  auto operator<=>(const ServiceId&) const = default;
};

/// Names one run of one program: 64 random bits drawn at start. Never 0, which means "not known".
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
