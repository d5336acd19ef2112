// The rows of `serialtcp net`, and how each takes its value over.
#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "cli/forward_spec.h"
#include "cli/net_options.h"
#include "cli/option_values.h"
#include "gateway/permissions.h"
#include "gateway/subnet.h"
#include "net/address.h"
#include "net/host.h"
#include "port/tun_device.h"

namespace serialtcp::cli {

namespace {

using gateway::GatewayConfig;
using NetProtocol = GatewayConfig::Protocol;
using NameServer = GatewayConfig::NameServer;
using NetProblem = std::optional<std::string>;

template <auto kMember, auto kParse>
NetProblem put_net_serial(NetOptions& options, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  options.net.serial.*kMember = std::move(*value);
  return std::nullopt;
}

template <io::FlowControl kFlow>
NetProblem put_net_flow(NetOptions& options, const std::string&) {
  options.net.serial.flow_control = kFlow;
  return std::nullopt;
}

template <NetProtocol kProtocol>
NetProblem put_net_protocol(NetOptions& options, const std::string&) {
  options.net.protocol = kProtocol;
  return std::nullopt;
}

template <Verbosity kVerbosity>
NetProblem put_net_verbosity(NetOptions& options, const std::string&) {
  options.verbosity = kVerbosity;
  return std::nullopt;
}

NetProblem put_net_name(NetOptions& options, const std::string& text) {
  auto name = parse_link_name(text);
  if (!name) return std::move(name.error());
  options.name = std::move(*name);
  return std::nullopt;
}

NetProblem put_net_device(NetOptions& options, const std::string& text) {
  options.net.device = text;
  return std::nullopt;
}

NetProblem put_modem(NetOptions& options, const std::string&) {
  options.net.modem = true;
  return std::nullopt;
}

NetProblem put_net_allow(NetOptions& options, const std::string& text) {
  auto pattern = gateway::parse_pattern(text);
  if (!pattern) return std::move(pattern.error());
  options.net.allow.push_back(std::move(*pattern));
  return std::nullopt;
}

NetProblem put_net(NetOptions& options, const std::string& text) {
  auto subnet = gateway::parse_subnet(text);
  if (!subnet) return std::move(subnet.error());
  options.net.net = *subnet;
  return std::nullopt;
}

NetProblem put_dns(NetOptions& options, const std::string& text) {
  if (text == "none") {
    options.net.name_server = NameServer::none;
    return std::nullopt;
  }
  io::ErrorCode error;
  const auto address = io::asio::ip::make_address_v4(text, error);
  if (error) return fmt::format("'{}' is not an IPv4 address, and not none", text);
  if (address.is_loopback() || address.is_unspecified() || address.is_multicast())
    return fmt::format("the device cannot reach {}: without --dns, it gets the name server of this machine",
                       text);
  options.net.name_server = NameServer::other;
  options.net.other_name_server = address.to_uint();
  return std::nullopt;
}

/// Whether it can only be the device.
bool can_be_device(const std::string& host) {
  return host == "device" || io::is_localhost(host);
}

NetProblem put_login_file(NetOptions& options, const std::string& text) {
  auto path = parse_file_name(text);
  if (!path) return std::move(path.error());
  options.net.login_file = std::move(*path);
  return std::nullopt;
}

NetProblem put_noauth(NetOptions& options, const std::string&) {
  options.net.device_logs_in = false;
  return std::nullopt;
}

NetProblem put_tun(NetOptions& options, const std::string& text) {
  if (const auto good = io::check_interface_name(text); !good)
    return fmt::format("'{}' is no name of an interface: {}", text, good.error());
  options.net.tun = text;
  return std::nullopt;
}

NetProblem put_net_forward(NetOptions& options, const std::string& text) {
  const auto spec = parse_forward_spec(text, io::Family::any);
  if (!spec) return spec.error();
  const std::string host = io::host_text(spec->to);
  if (!can_be_device(host))
    return fmt::format("'{}' is not the device: write device, as in 8080:device:80", host);
  options.net.forwards.push_back({{io::host_text(spec->listen), spec->listen.port}, spec->to.port});
  return std::nullopt;
}

using NetSerial = io::SerialSettings;

const Option kNetOptions[] = {
    {.name = "name",
     .argument = "NAME",
     .stands = Stands::only_in_a_file,
     .toml = Toml::text,
     .example = "\"rack-3\"",
     .section = Section::table,
     .help = "what the log calls it (default: its port)",
     .put = &in_table<&put_net_name>},
    {.name = "port",
     .argument = "SERIALPORT",
     .suggest = Suggest::device,
     .stands = Stands::by_position,
     .toml = Toml::text,
     .example = "\"/dev/ttyUSB0\"",
     .section = Section::table,
     .help = "the line that the device is at",
     .put = &in_table<&put_net_device>},
    {.name = "baudrate",
     .argument = "BAUDRATE",
     .suggest = Suggest::speed,
     .stands = Stands::by_position,
     .toml = Toml::integer,
     .example = "115200",
     .section = Section::table,
     .help = "any that it supports (default: 115200)",
     .put = &in_table<&put_net_serial<&NetSerial::baud, &parse_baud>>},
    {.name = "auto",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "find out what the device speaks (the default)",
     .put = &in_table<&put_net_protocol<NetProtocol::automatic>>},
    {.name = "ppp",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "PPP, and this end speaks first",
     .put = &in_table<&put_net_protocol<NetProtocol::ppp>>},
    {.name = "slip",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "SLIP",
     .put = &in_table<&put_net_protocol<NetProtocol::slip>>},
    {.name = "cslip",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "SLIP with compressed headers (RFC 1144)",
     .put = &in_table<&put_net_protocol<NetProtocol::cslip>>},
    {.name = "modem",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "the device has to dial first (ATD), or say CLIENT",
     .put = &in_table<&put_modem>},
    {.name = "allow",
     .argument = "HOST:PORT",
     .repeated = Repeated::yes,
     .most = GatewayConfig::kMostPatterns,
     .toml = Toml::texts,
     .example = "[\"10.0.0.0/8:*\", \"localhost:8080\"]",
     .section = Section::table,
     .help = "what the device may reach: 10.0.0.0/8:1-1024",
     .put = &in_table<&put_net_allow>},
    {.name = "local-forward",
     .letter = 'L',
     .argument = "[ADDR:]PORT:device:PORT",
     .repeated = Repeated::yes,
     .most = GatewayConfig::kMostForwards,
     .toml = Toml::texts,
     .example = "\"8080:device:80\"",
     .section = Section::table,
     .help = "listen here, for a port of the device",
     .put = &in_table<&put_net_forward>},
    {.name = "net",
     .argument = "NETWORK",
     .toml = Toml::text,
     .example = "\"10.0.2.0/24\"",
     .section = Section::table,
     .help = "the device's (default: 10.0.2.0/24, or a free one)",
     .put = &in_table<&put_net>},
    {.name = "dns",
     .argument = "ADDR|none",
     .toml = Toml::text,
     .example = "\"192.168.0.1\"",
     .section = Section::table,
     .help = "another name server for the device",
     .put = &in_table<&put_dns>},
    {.name = "login",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/etc/serialtcp/logins\"",
     .section = Section::table,
     .help = "names and passwords of PPP (PAP, CHAP)",
     .put = &in_table<&put_login_file>},
    {.name = "noauth",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "with --login: the device need not log in",
     .put = &in_table<&put_noauth>},
    {.name = "tun",
     .argument = "NAME",
     .toml = Toml::text,
     .example = "\"tun0\"",
     .section = Section::table,
     .help = "the packets go to this interface of the system",
     .put = &in_table<&put_tun>},
    {.name = "parity",
     .argument = "N|E|O|S|M",
     .values = "N E O S M",
     .toml = Toml::text,
     .example = "\"N\"",
     .section = Section::table,
     .help = "none, even, odd, space or mark (default: N)",
     .put = &in_table<&put_net_serial<&NetSerial::parity, &parse_parity>>},
    {.name = "stopbits",
     .argument = "1|1.5|2",
     .values = "1 1.5 2",
     .toml = Toml::number,
     .example = "1",
     .section = Section::table,
     .help = "stop bits (default: 1)",
     .put = &in_table<&put_net_serial<&NetSerial::stop_bits, &parse_stop_bits>>},
    {.name = "rtscts",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "hardware flow control",
     .put = &in_table<&put_net_flow<io::FlowControl::rts_cts>>},
    {.name = "xonxoff",
     .excludes = "rtscts",
     .otherwise = "there is no flow control",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "software flow control",
     .put = &in_table<&put_net_flow<io::FlowControl::xon_xoff>>},
    {.name = "quiet",
     .letter = 'q',
     .section = Section::table,
     .help = "log only what is wrong",
     .put = &in_table<&put_net_verbosity<Verbosity::quiet>>},
    {.name = "develop",
     .section = Section::table,
     .help = "log more",
     .put = &in_table<&put_net_verbosity<Verbosity::verbose>>},
    {.name = "help", .letter = 'h', .section = Section::table, .help = "print this", .put = {}},
};

}  // namespace

OptionTable net_option_table() {
  return kNetOptions;
}

}  // namespace serialtcp::cli
