// The names of the states of a link, as the status has them.
#pragma once

#include <array>
#include <string_view>

namespace serialtcp::control::link_state {

inline constexpr std::string_view kStarting = "starting";
inline constexpr std::string_view kCannotStart = "cannot start";  ///< `trouble` says why; it is tried again
inline constexpr std::string_view kWaitingForDevice = "waiting for device";
inline constexpr std::string_view kNoPeer = "no peer";
inline constexpr std::string_view kUp = "up";
inline constexpr std::string_view kHeld = "held";  ///< connections are kept, but the other end is not heard
inline constexpr std::string_view kStopping = "stopping";

inline constexpr std::array kAll = {kStarting, kCannotStart, kWaitingForDevice, kNoPeer,
                                    kUp,       kHeld,        kStopping};

}  // namespace serialtcp::control::link_state
