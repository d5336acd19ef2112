// What `serialtcp net` is to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/port_forward.h"
#include "ip/source_check.h"
#include "port/serial_settings.h"
#include "service/allow_list.h"

namespace serialtcp::gateway {

struct GatewayConfig {
  static constexpr std::size_t kMostForwards = 64;
  static constexpr std::size_t kMostPatterns = 256;

  std::string device = {};
  io::SerialSettings serial = {};
  /// `automatic`: as the device does.
  enum class Protocol : std::uint8_t { automatic, ppp, slip, cslip } protocol = Protocol::automatic;
  /// The device has to call first (AT commands, CLIENT).
  bool modem = false;
  std::vector<io::AllowPattern> allow = {};
  std::optional<ip::NetworkV4> net = {};  ///< empty: one that this machine is not in
  /// Of which name server the device is told.
  enum class NameServer : std::uint8_t {
    of_this_machine,
    other,
    none
  } name_server = NameServer::of_this_machine;
  std::uint32_t other_name_server = 0;
  std::vector<ForwardWish> forwards = {};
  /// Names and passwords of PPP (gateway/login_file); empty: nobody has to log in.
  std::string login_file = {};
  /// Whether the device has to, where there is such a file. This end logs in by it in any case, if the device demands it.
  bool device_logs_in = true;
  /// An interface of this machine, to which the device's packets go; empty: they end in this process.
  std::string tun = {};

  bool operator==(const GatewayConfig&) const = default;
};

}  // namespace serialtcp::gateway
