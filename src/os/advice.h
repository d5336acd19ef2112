// What helps, as ends of sentences: other words on each system.
#pragma once

#include <string_view>

namespace serialtcp::io {

/// When there are no file descriptors left.
extern const std::string_view kMoreDescriptors;
/// After "this machine does not have that address".
extern const std::string_view kOwnAddresses;
/// After "permission denied", for a port to listen on.
extern const std::string_view kOtherPort;
/// Of messages of ICMP: "this ...".
extern const std::string_view kIcmpNeeds;

}  // namespace serialtcp::io
