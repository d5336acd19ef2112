// Services: the purposes of connections through a cable, by name. An end that connects to targets offers
// services; an end that listens wants them. The empty name is the default service, the only one in the
// original's protocol.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "serialtcp/config.h"
#include "serialtcp/ids.h"

namespace serialtcp {

/// Whether `name` has 1 to limits::kMaxServiceName letters, digits, '.', '_' and '-'.
constexpr bool is_service_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= limits::kMaxServiceName && std::ranges::all_of(text, fits);
}

/// How a stream is scheduled among others on the line.
enum class Priority : std::uint8_t {
  automatic = 0,    ///< a stream that asks for little is served before the others
  interactive = 1,  ///< before all others, however much it asks for
  bulk = 2,         ///< never before others
};

/// Services that have a number on the line instead of a name. Their streams begin with a preface that says
/// what is wanted (docs/protocol.md, section 10). 0 is the default service, or one that is called by its
/// name.
namespace services {
inline constexpr ServiceId kForward{1};    ///< connect to an address that the opener names
inline constexpr ServiceId kListen{2};     ///< listen at an address, for as long as the stream lasts
inline constexpr ServiceId kForwarded{3};  ///< a connection that was accepted by a listener of kListen
inline constexpr ServiceId kDatagrams{4};  ///< datagrams to and from addresses, which each one contains
inline constexpr ServiceId kSession{5};    ///< a program at the other end (docs/protocol.md, section 12)
inline constexpr ServiceId kTest{6};       ///< bytes that only test the line
}  // namespace services

/// What a stream carries.
enum class StreamKind : std::uint8_t {
  bytes,      ///< all of them, in order
  datagrams,  ///< each complete or not at all, and not after its time; those that arrive are in order
};

/// The purpose of a stream, and how both ends treat it. Sent in OPEN.
struct Purpose {
  Purpose() = default;
  Purpose(ServiceId number) : service(number) {}  // NOLINT: a number alone is a purpose
  explicit Purpose(std::string called) : name(std::move(called)) {}

  ServiceId service;
  std::string name;  ///< a service name, or empty: the number `service` alone identifies it
  Priority priority = Priority::automatic;
  StreamKind kind = StreamKind::bytes;

  bool operator==(const Purpose&) const = default;
};

}  // namespace serialtcp
