// What more than one file of Climb needs: speeds, times, short names.
#pragma once

#include <array>
#include <cstdint>

#include "serialtcp/event.h"
#include "serialtcp/time.h"
#include "wire/chunk.h"

namespace serialtcp::tunnel::climbing {

using namespace std::chrono_literals;
using SpeedKind = wire::chunk::Speed::Kind;
using What = event::LineSpeed::What;

// What drivers and adapters usually can. Others are refused, or read back as something else, and left out.
inline constexpr std::array<std::uint32_t, 17> kSpeeds = {
    19200,   38400,   57600,   115200,  230400,  460800,  500000,  576000,  921600,
    1000000, 1500000, 2000000, 2500000, 3000000, 4000000, 6000000, 12000000};
/// Probes, one for each pattern.
inline constexpr unsigned kProbes = 6;
/// What an answer may take is counted up to this.
inline constexpr Duration kMostPatience = 600ms;
inline constexpr Duration kAfterLoss = 2s;
inline constexpr Duration kAfterFailure = 500ms;

}  // namespace serialtcp::tunnel::climbing
