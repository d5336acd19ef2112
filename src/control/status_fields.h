// The members of the status, each with its name: what writes them and what reads them is made from these lists.
#pragma once

#include <string_view>
#include <tuple>

#include "control/status.h"

namespace serialtcp::control {

template <typename Struct, typename Member>
struct Field {
  std::string_view name;
  Member Struct::*member;
};

/// The list of a type; in the order in which they are written.
template <typename Struct>
inline constexpr std::tuple<> kFields{};

template <>
inline constexpr auto kFields<ConnectionStatus> =
    std::tuple{Field{"id", &ConnectionStatus::id},
               Field{"service", &ConnectionStatus::service},
               Field{"kind", &ConnectionStatus::kind},
               Field{"state", &ConnectionStatus::state},
               Field{"client", &ConnectionStatus::client},
               Field{"target", &ConnectionStatus::target},
               Field{"age_seconds", &ConnectionStatus::age_seconds},
               Field{"sent_bytes", &ConnectionStatus::sent_bytes},
               Field{"received_bytes", &ConnectionStatus::received_bytes},
               Field{"sent_bytes_per_second", &ConnectionStatus::sent_bytes_per_second},
               Field{"received_bytes_per_second", &ConnectionStatus::received_bytes_per_second},
               Field{"sent_datagrams", &ConnectionStatus::sent_datagrams},
               Field{"received_datagrams", &ConnectionStatus::received_datagrams}};

template <>
inline constexpr auto kFields<ListenerStatus> =
    std::tuple{Field{"service", &ListenerStatus::service}, Field{"kind", &ListenerStatus::kind},
               Field{"place", &ListenerStatus::place}, Field{"address", &ListenerStatus::address}};

template <>
inline constexpr auto kFields<TargetStatus> =
    std::tuple{Field{"service", &TargetStatus::service}, Field{"target", &TargetStatus::target}};

template <>
inline constexpr auto kFields<LineStatus> =
    std::tuple{Field{"sent_bytes", &LineStatus::sent_bytes},
               Field{"received_bytes", &LineStatus::received_bytes},
               Field{"sent_bytes_per_second", &LineStatus::sent_bytes_per_second},
               Field{"received_bytes_per_second", &LineStatus::received_bytes_per_second},
               Field{"capacity_bytes_per_second", &LineStatus::capacity_bytes_per_second},
               Field{"noise_bytes", &LineStatus::noise_bytes},
               Field{"lost_times", &LineStatus::lost_times}};

template <>
inline constexpr auto kFields<FrameStatus> =
    std::tuple{Field{"sent", &FrameStatus::sent},       Field{"received", &FrameStatus::received},
               Field{"damaged", &FrameStatus::damaged}, Field{"repaired", &FrameStatus::repaired},
               Field{"lost", &FrameStatus::lost},       Field{"in_flight", &FrameStatus::in_flight}};

template <>
inline constexpr auto kFields<DataStatus> =
    std::tuple{Field{"sent_bytes", &DataStatus::sent_bytes},
               Field{"received_bytes", &DataStatus::received_bytes},
               Field{"retransmitted_bytes", &DataStatus::retransmitted_bytes},
               Field{"compressed_bytes", &DataStatus::compressed_bytes},
               Field{"compressed_to_bytes", &DataStatus::compressed_to_bytes},
               Field{"send_queue_bytes", &DataStatus::send_queue_bytes},
               Field{"receive_queue_bytes", &DataStatus::receive_queue_bytes},
               Field{"sent_datagrams", &DataStatus::sent_datagrams},
               Field{"received_datagrams", &DataStatus::received_datagrams},
               Field{"dropped_datagrams", &DataStatus::dropped_datagrams}};

template <>
inline constexpr auto kFields<IpLinkStatus> =
    std::tuple{Field{"service", &IpLinkStatus::service},
               Field{"network", &IpLinkStatus::network},
               Field{"state", &IpLinkStatus::state},
               Field{"addresses", &IpLinkStatus::addresses},
               Field{"sent_bytes", &IpLinkStatus::sent_bytes},
               Field{"received_bytes", &IpLinkStatus::received_bytes},
               Field{"sent_bytes_per_second", &IpLinkStatus::sent_bytes_per_second},
               Field{"received_bytes_per_second", &IpLinkStatus::received_bytes_per_second},
               Field{"sent_packets", &IpLinkStatus::sent_packets},
               Field{"received_packets", &IpLinkStatus::received_packets},
               Field{"queued_packets", &IpLinkStatus::queued_packets},
               Field{"dropped_packets", &IpLinkStatus::dropped_packets},
               Field{"marked_packets", &IpLinkStatus::marked_packets},
               Field{"too_long_packets", &IpLinkStatus::too_long_packets},
               Field{"spoofed_packets", &IpLinkStatus::spoofed_packets},
               Field{"refused_packets", &IpLinkStatus::refused_packets},
               Field{"limited_packets", &IpLinkStatus::limited_packets},
               Field{"ignored_packets", &IpLinkStatus::ignored_packets}};

template <>
inline constexpr auto kFields<LinkStatus> =
    std::tuple{Field{"name", &LinkStatus::name},
               Field{"line", &LinkStatus::line},
               Field{"role", &LinkStatus::role},
               Field{"state", &LinkStatus::state},
               Field{"state_seconds", &LinkStatus::state_seconds},
               Field{"retry_seconds", &LinkStatus::retry_seconds},
               Field{"baud", &LinkStatus::baud},
               Field{"speed", &LinkStatus::speed},
               Field{"format", &LinkStatus::format},
               Field{"protocol", &LinkStatus::protocol},
               Field{"sealed", &LinkStatus::sealed},
               Field{"round_trip_seconds", &LinkStatus::round_trip_seconds},
               Field{"heard_seconds", &LinkStatus::heard_seconds},
               Field{"awaited_seconds", &LinkStatus::awaited_seconds},
               Field{"times_up", &LinkStatus::times_up},
               Field{"reconnects", &LinkStatus::reconnects},
               Field{"trouble", &LinkStatus::trouble},
               Field{"trouble_seconds", &LinkStatus::trouble_seconds},
               Field{"not_replaced", &LinkStatus::not_replaced},
               Field{"on_line", &LinkStatus::on_line},
               Field{"frames", &LinkStatus::frames},
               Field{"data", &LinkStatus::data},
               Field{"streams_opened", &LinkStatus::streams_opened},
               Field{"streams_reset", &LinkStatus::streams_reset},
               Field{"connections_now", &LinkStatus::connections_now},
               Field{"listeners", &LinkStatus::listeners},
               Field{"targets", &LinkStatus::targets},
               Field{"ip_links", &LinkStatus::ip_links},
               Field{"connections", &LinkStatus::connections}};

template <>
inline constexpr auto kFields<ShareStatus> = std::tuple{Field{"name", &ShareStatus::name},
                                                        Field{"device", &ShareStatus::device},
                                                        Field{"state", &ShareStatus::state},
                                                        Field{"retry_seconds", &ShareStatus::retry_seconds},
                                                        Field{"trouble", &ShareStatus::trouble},
                                                        Field{"baud", &ShareStatus::baud},
                                                        Field{"format", &ShareStatus::format},
                                                        Field{"places", &ShareStatus::places},
                                                        Field{"clients_now", &ShareStatus::clients_now},
                                                        Field{"writer", &ShareStatus::writer},
                                                        Field{"received_bytes", &ShareStatus::received_bytes},
                                                        Field{"written_bytes", &ShareStatus::written_bytes},
                                                        Field{"lost_bytes", &ShareStatus::lost_bytes}};

template <>
inline constexpr auto kFields<NetStatus> =
    std::tuple{Field{"name", &NetStatus::name},
               Field{"line", &NetStatus::line},
               Field{"state", &NetStatus::state},
               Field{"retry_seconds", &NetStatus::retry_seconds},
               Field{"trouble", &NetStatus::trouble},
               Field{"baud", &NetStatus::baud},
               Field{"protocol", &NetStatus::protocol},
               Field{"network", &NetStatus::network},
               Field{"device_address", &NetStatus::device_address},
               Field{"gateway_address", &NetStatus::gateway_address},
               Field{"name_server", &NetStatus::name_server},
               Field{"places", &NetStatus::places},
               Field{"connections_now", &NetStatus::connections_now},
               Field{"received_bytes", &NetStatus::received_bytes},
               Field{"sent_bytes", &NetStatus::sent_bytes},
               Field{"received_packets", &NetStatus::received_packets},
               Field{"sent_packets", &NetStatus::sent_packets},
               Field{"refused_packets", &NetStatus::refused_packets},
               Field{"spoofed_packets", &NetStatus::spoofed_packets},
               Field{"malformed_packets", &NetStatus::malformed_packets},
               Field{"ignored_packets", &NetStatus::ignored_packets},
               Field{"limited_packets", &NetStatus::limited_packets},
               Field{"queued_packets", &NetStatus::queued_packets},
               Field{"dropped_packets", &NetStatus::dropped_packets},
               Field{"marked_packets", &NetStatus::marked_packets}};

template <>
inline constexpr auto kFields<ProcessStatus> =
    std::tuple{Field{"version", &ProcessStatus::version},
               Field{"pid", &ProcessStatus::pid},
               Field{"uptime_seconds", &ProcessStatus::uptime_seconds},
               Field{"config_file", &ProcessStatus::config_file},
               Field{"log_level", &ProcessStatus::log_level},
               Field{"shares", &ProcessStatus::shares},
               Field{"nets", &ProcessStatus::nets},
               Field{"links", &ProcessStatus::links}};

/// Calls visit(name, member) for each member; `T` is one of these types, or const.
template <typename T, typename Visit>
void for_each_field(T& of, Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field.name, of.*field.member), ...); },
             kFields<std::remove_const_t<T>>);
}

}  // namespace serialtcp::control
