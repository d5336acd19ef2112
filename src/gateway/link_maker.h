// Makes the DatagramLink for what a device speaks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "gateway/detector.h"
#include "gateway/gateway_config.h"
#include "ip/datagram_link.h"
#include "nat/network.h"
#include "ppp/config.h"

namespace serialtcp::gateway {

struct LinkWish {
  Speech speech = Speech::slip;
  /// Whether that was found out, or is what the user says: then this end does not wait for the device to begin.
  enum class Known : std::uint8_t { heard, told } known = Known::heard;
  std::uint64_t rate = 0;         ///< of the line, in bytes a second; 0: unknown
  std::uint32_t name_server = 0;  ///< 0: none
  /// Of PPP: this end is the first of these where it has to prove that it is somebody.
  std::span<const ppp::Login> logins = {};
  /// Whether the device has to prove that it is one of them.
  bool device_logs_in = false;
};

/// `speech` is not unknown.
std::unique_ptr<ip::DatagramLink> make_link(const LinkWish& wish, const nat::NetworkConfig& addresses,
                                            Time now);

}  // namespace serialtcp::gateway
