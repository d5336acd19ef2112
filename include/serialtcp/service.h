// Services: what the connections through a cable are for, by name. An end that connects to targets offers
// services; an end that listens wants them. The empty name is the default service, the only one that the
// original's protocol knows.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "serialtcp/config.h"
#include "serialtcp/ids.h"

namespace serialtcp {

/// Letters, digits, '.', '_' and '-', at least one and at most limits::kMaxServiceName of them.
constexpr bool is_service_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= limits::kMaxServiceName && std::ranges::all_of(text, fits);
}

/// How a stream takes its turns with others on the line.
enum class Priority : std::uint8_t {
  automatic = 0,    ///< one that asks for little goes before the others
  interactive = 1,  ///< before all others, however much it asks for
  bulk = 2,         ///< never before others
};

/// Services that have a number on the line instead of a name. Their streams begin with a preface that says
/// what is wanted (docs/protocol.md, section 10). 0 is the default service, or one that is called by its
/// name.
namespace services {
inline constexpr ServiceId kForward{1};    ///< connect to an address that the opener names
inline constexpr ServiceId kListen{2};     ///< listen at an address, for as long as the stream lasts
inline constexpr ServiceId kForwarded{3};  ///< a connection to what kListen listens at
inline constexpr ServiceId kDatagrams{4};  ///< datagrams to and from addresses that they name themselves
}  // namespace services

/// What a stream carries.
enum class StreamKind : std::uint8_t {
  bytes,      ///< in order, all of them
  datagrams,  ///< each whole or not at all, and not after its time; those that arrive, in order
};

/// What a stream is for, and how it is to be treated, at both ends. Travels in OPEN.
struct Purpose {
  Purpose() = default;
  Purpose(ServiceId number) : service(number) {}  // NOLINT: a number alone says it all
  explicit Purpose(std::string called) : name(std::move(called)) {}

  ServiceId service;
  std::string name;  ///< a service name, or empty: the service `service` says it all
  Priority priority = Priority::automatic;
  StreamKind kind = StreamKind::bytes;

  bool operator==(const Purpose&) const = default;
};

}  // namespace serialtcp
